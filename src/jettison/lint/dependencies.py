"""One thing that a project says it needs: where it stands, and how it is changed or taken away there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from ..records import Change, Edit

Form = Literal["requirements", "command", "pep621", "poetry", "pipfile", "conda"]
_DEV_NAMES = re.compile(
    r"(^|[._/-])(dev|develop|development|test|tests|testing|lint|linting|typing|docs?|doc|notebooks?|train|training|ci|"
    r"local|debug|bench|benchmarks?|eval|research|experiments?)([._/-]|$)"
)
_BEFORE_NAME = re.compile(r"[\s\"'\ufeff]*(?:[\w./-]+::)?")
_NAME_GOES_ON = re.compile(r"[.-]*\w")


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """One requirement at its place. Places count characters of the file's text."""

    file: str
    """Relative to the folder; a Dockerfile for what a command names."""
    start: int
    end: int
    """Of the whole entry: the line, the word, the string, ``key = value``."""
    name: str
    """Canonical."""
    extras: tuple[str, ...] = ()
    specifier: str = ""
    """As written: ``==1.2``, ``^2``, ``*``; empty when nothing is said."""
    marker: str = ""
    url: str = ""
    """It comes from an address, a repository or a folder."""
    form: Form
    group: str = ""
    """Empty for what the service needs; else ``dev`` or the group's or extra's own name."""
    ships: bool
    """An image gets it; in a folder without a Dockerfile, all that is in no group."""
    is_direct: bool = True
    """A person wrote it down. A list that a tool wrote (pip-compile, pip freeze) also holds what others need."""
    lock: str = ""
    """The file that has to be made again when this entry changes: a lock, or a compiled requirements file."""
    is_hashed: bool = False
    """With hashes of the files that may be installed: another name or version needs others."""
    name_at: tuple[int, int] | None = None
    """Where the name alone stands; None when it cannot be replaced there."""
    removal: Edit | None = None
    """Takes it away; None when that is not understood, or would leave nothing."""

    @property
    def pinned(self) -> str:
        """The only version that it accepts; empty when it accepts several."""
        found = re.fullmatch(r"={0,3}\s*(v?\d[\w.!+-]*)", self.specifier.strip())
        exact = self.form in ("poetry", "conda") or self.specifier.strip().startswith("==")
        return found[1] if found and exact else ""

    @property
    def is_editable(self) -> bool:
        """A change here is whole by itself: nothing else has to be made again afterwards."""
        return self.is_direct and not self.lock

    def removed(self) -> tuple[Change, ...]:
        """The change that takes it away; none when another file would have to follow."""
        return (Change(file=self.file, edits=(self.removal,)),) if self.removal and self.is_editable else ()

    def renamed(self, name: str) -> tuple[Change, ...]:
        """The change that asks for another distribution with the same versions; none when another file would have to
        follow."""
        if self.name_at is None or not self.is_editable or self.is_hashed or self.url:
            return ()
        start, end = self.name_at
        return (Change(file=self.file, edits=(Edit(start=start, end=end, replacement=name),)),)


@dataclass
class Asked:
    """What the installs of an image ask of one file."""

    extras: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    dev: bool = False


def is_dev(path: str) -> bool:
    """A file, group or extra that is named for development, tests, docs or training."""
    return _DEV_NAMES.search(path.lower()) is not None


def name_place(text: str, start: int, end: int, name: str) -> tuple[int, int] | None:
    """Where a name stands at the beginning of an entry, behind an opening quote or a channel; None when it does not."""
    before = _BEFORE_NAME.match(text, start, end)
    begin = before.end() if before else start
    is_whole = text.startswith(name, begin, end) and not _NAME_GOES_ON.match(text, begin + len(name), end)
    return (begin, begin + len(name)) if is_whole else None
