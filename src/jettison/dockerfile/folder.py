"""The files of a build's folder, as the build sees them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from .ignore import Ignored


@dataclass(frozen=True, kw_only=True)
class FolderEntry:
    """A file, link or folder of the build's folder."""

    path: str
    """Relative, with slashes."""
    size_bytes: int = 0
    """Of a file; of a link, the length of what it says."""
    is_folder: bool = False
    link: str | None = None
    """What a link says; None for anything else."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Everything in a build's folder that its ignore file lets through, sorted by path."""

    root: Path
    entries: tuple[FolderEntry, ...]
    notes: tuple[str, ...] = ()
    """What could not be listed, in sentences."""


def folder(root: Path, ignored: Ignored | None = None) -> Folder:
    """List a folder. Links are listed, never followed; what cannot be opened is noted, never an error."""
    ignored = ignored or Ignored()
    entries: list[FolderEntry] = []
    notes: list[str] = list(ignored.notes)
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(root / below) as scan:
                listed = sorted(scan, key=lambda entry: entry.name)
        except OSError as cause:
            notes.append(f"{below or '.'} cannot be listed: {cause.strerror}")
            continue
        for entry in listed:
            path = f"{below}/{entry.name}" if below else entry.name
            if not _is_text(path):
                notes.append(f"{path!a} is left out: its name is not UTF-8")
                continue
            hidden = bool(ignored.patterns) and ignored.holds(path)
            made = _entry(entry, path, notes)
            if made is None:
                continue
            if made.is_folder and (not hidden or ignored.lets_in_again):
                waiting.append(path)
            if not hidden:
                entries.append(made)
    return Folder(root=root, entries=tuple(sorted(entries, key=lambda each: each.path)), notes=tuple(notes))


def _entry(entry: os.DirEntry[str], path: str, notes: list[str]) -> FolderEntry | None:
    """None for what no image holds (sockets, pipes, devices), and for what cannot be looked at."""
    try:
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            link = os.fsencode(Path(entry.path).readlink()).decode("utf-8", "replace")
            return FolderEntry(path=path, size_bytes=status.st_size, link=link)
    except OSError as cause:
        notes.append(f"{path} cannot be looked at: {cause.strerror}")
        return None
    if stat.S_ISDIR(status.st_mode):
        return FolderEntry(path=path, is_folder=True)
    return FolderEntry(path=path, size_bytes=status.st_size) if stat.S_ISREG(status.st_mode) else None


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
