"""Applies removals: which files stay, and what the RECORDs then say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..libraries import Libraries


@dataclass(frozen=True, kw_only=True)
class Removal:
    """Files that one rule leaves out."""

    rule: str
    reason: str
    files: frozenset[str]
    """Relative to the site folder."""


@dataclass(frozen=True, kw_only=True)
class Pruned:
    """The libraries as they go into the layer."""

    files: tuple[str, ...]
    """What stays, relative to the site folder, sorted."""
    removed: tuple[tuple[str, int], ...]
    """Rule and bytes, the largest first. A file that two rules name counts for the first."""


def pruned(libraries: Libraries, removals: Iterable[Removal]) -> Pruned:
    """Take the removals out."""
    gone: set[str] = set()
    removed: dict[str, int] = {}
    for removal in removals:
        new = removal.files - gone
        gone |= new
        size = sum(_size(libraries.folder / file) for file in new)
        removed[removal.rule] = removed.get(removal.rule, 0) + size
    every = (path for path in libraries.folder.rglob("*") if path.is_symlink() or not path.is_dir())
    files = sorted({path.relative_to(libraries.folder).as_posix() for path in every} - gone)
    biggest_first = sorted(removed.items(), key=lambda item: (-item[1], item[0]))
    return Pruned(files=tuple(files), removed=tuple(item for item in biggest_first if item[1] > 0))


def _size(path: Path) -> int:
    return path.lstat().st_size if path.is_symlink() or path.is_file() else 0
