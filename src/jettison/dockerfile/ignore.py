""".dockerignore: which files of a folder a build never sees.

Method: moby/patternmatcher (``MatchesOrParentMatches``) and its ``ignorefile`` reader. The last pattern that fits
decides, and a pattern that fits a folder fits everything in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .patterns import PatternError, clean, ignore_regex

LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class IgnorePattern:
    """One line of an ignore file."""

    text: str
    """Cleaned, without the ``!`` and a leading slash."""
    keeps: bool
    """Written with ``!``: what fits is let in again."""
    line: int


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """The patterns of one ignore file, in order."""

    file: str = ""
    """Name of the file, relative to the folder; empty when there is none."""
    patterns: tuple[IgnorePattern, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines that are no patterns, in sentences."""

    def holds(self, path: str) -> bool:
        """Whether a build does not see that file; the path is relative, with slashes."""
        parts = path.split("/")
        prefixes = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        ignored = False
        for pattern in self.patterns:
            if pattern.keeps == ignored and any(map(ignore_regex(pattern.text).fullmatch, prefixes)):
                ignored = not pattern.keeps
        return ignored

    @property
    def lets_in_again(self) -> bool:
        """Some pattern has a ``!``, so a folder that is ignored may still hold files that are not."""
        return any(pattern.keeps for pattern in self.patterns)


def ignored_by(text: str, *, file: str = ".dockerignore") -> Ignored:
    """The patterns in an ignore file's text."""
    found: list[IgnorePattern] = []
    notes: list[str] = []
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = "" if raw.startswith("#") else raw.strip()
        keeps = line.startswith("!")
        body = line[1:].strip() if keeps else line
        if not line:
            continue
        cleaned = clean(body) if body else ""
        cleaned = cleaned[1:] if len(cleaned) > 1 and cleaned.startswith("/") else cleaned
        try:
            if not cleaned:
                raise PatternError("nothing stands there")
            ignore_regex(cleaned)
        except PatternError as cause:
            notes.append(f"{file}:{number}: not a pattern that a build takes: {cause}")
        else:
            found.append(IgnorePattern(text=cleaned, keeps=keeps, line=number))
    return Ignored(file=file, patterns=tuple(found), notes=tuple(notes))


def ignore_file(root: Path, dockerfile: str = "Dockerfile") -> Ignored:
    """What holds for a build of the folder: the Dockerfile's own ignore file (``Dockerfile.dockerignore``), else the
    folder's.

    :param dockerfile: path of the Dockerfile, relative to the folder.
    """
    for name in (f"{dockerfile}.dockerignore", ".dockerignore"):
        path = root / name
        try:
            if path.is_file():
                with path.open("rb") as file:
                    return ignored_by(file.read(LARGEST_BYTES).decode("utf-8", "replace"), file=name)
        except OSError as cause:
            return Ignored(file=name, notes=(f"{name} cannot be opened: {cause.strerror}",))
    return Ignored()
