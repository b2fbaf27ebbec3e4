"""What is wrong with a service's build files, what it costs, and the change that mends it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

FixClass = Literal["safe", "verify", "suggest"]
"""``safe``: what the image does stays the same. ``verify``: build it and compare the answers afterwards.
``suggest``: a person decides; there is no change as data."""


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change as data: the characters from `start` up to `end` of the file's text become `replacement`."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """Edits of one file, or a new one."""

    file: str
    """Relative to the folder."""
    edits: tuple[Edit, ...] = ()
    """None of them overlap."""
    content: str | None = None
    """Of a file that is not there yet."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Bytes of the unpacked image (of a build's context, where the rule says so) that a finding costs."""

    size_bytes: int
    known: Literal["measured", "weighed", "table"]
    """``measured``: files of the folder; ``weighed``: wheels, packages and bases as their index serves them;
    ``table``: published figures."""
    source: str
    """Where the figure comes from, and of what date when it is from a table."""
    about: tuple[str, ...] = ()
    """What the bytes are of: distributions by name, files and folders by path, ``apt git``, ``FROM python:3.12``. What
    several findings are about is counted once."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a rule found."""

    code: str
    """``W01``."""
    name: str
    """``cuda-torch``."""
    file: str
    """Relative to the folder."""
    line: int
    """From 1; 0 for the file as a whole."""
    last_line: int
    column: int
    """Of `line`, from 1."""
    last_column: int
    """One past the last character on `last_line`, from 1."""
    message: str
    advice: str
    """What to do, where the fix is not enough said by the message."""
    fix: FixClass
    changes: tuple[Change, ...] = ()
    saving: Saving | None = None
    source: tuple[tuple[int, str], ...] = ()
    """Numbers and text of the lines in question."""

    @property
    def place(self) -> str:
        """``Dockerfile:12``."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def is_style(self) -> bool:
        """It is known to cost no byte: no gate fails on it."""
        return self.saving is not None and self.saving.size_bytes == 0


@dataclass(frozen=True, kw_only=True)
class FixedFile:
    """A file before and after its fixes."""

    path: str
    before: str | None
    """None for a new one."""
    after: str

    @property
    def diff(self) -> str:
        """A unified diff that ``patch -p1`` and ``git apply`` take."""
        lines = difflib.unified_diff(
            _lines(self.before or ""),
            _lines(self.after),
            "/dev/null" if self.before is None else f"a/{self.path}",
            f"b/{self.path}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


@dataclass(frozen=True, kw_only=True)
class Linted:
    """All that was found in a folder, and what was done about it."""

    root: str
    targets: tuple[str, ...]
    """``cpu``, and platforms such as ``aws-lambda``."""
    files: tuple[str, ...]
    """Those that were read."""
    findings: tuple[Finding, ...]
    """What is left, by file and line."""
    applied: tuple[Finding, ...] = ()
    """What was mended, in the order in which it was; places are those of that moment."""
    silenced: int = 0
    """Findings that a comment asks not to report."""
    byte_order_marks: tuple[str, ...] = ()
    """Files that begin with one. It counts as a character of the file's text, and is in no column."""
    notes: tuple[str, ...] = ()
    """What was not read or not mended, and why, in sentences."""
    changed: tuple[FixedFile, ...] = ()

    @property
    def diff(self) -> str:
        """Of all changed files."""
        return "".join(file.diff for file in self.changed)


def _lines(text: str) -> list[str]:
    """As patch sees them: a form feed or a lone carriage return ends none."""
    return [each for each in re.split(r"(?<=\n)", text) if each]
