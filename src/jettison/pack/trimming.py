"""Shared libraries without their symbol tables, where that is worth it and changes nothing that is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from ..records import Progress, Steps
from ..workspace import Workspace, digest, file_digest
from .elf import NotElf, without_symbols

RULE = "symbol tables"
_VERSION = 1
_WORTH_BYTES = 256 << 10
_LOOKED_AT_BYTES = 1 << 20
"""Smaller libraries have nothing to give."""


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """Libraries to use instead of the installed ones."""

    files: dict[str, Path]
    """By path relative to the site folder."""
    saved_bytes: int


def trimmed(site: Path, files: Iterable[str], workspace: Workspace) -> Steps[Trimmed]:
    """Trim what is large. Libraries beside a wheel (``*.libs``) were patched after linking and stay as they are.

    :param files: relative to the site folder
    """
    found: dict[str, Path] = {}
    saved = 0
    for file in files:
        path = site / file
        if not _is_candidate(file) or path.is_symlink() or path.stat().st_size < _LOOKED_AT_BYTES:
            continue
        yield Progress(step="prune", note=f"symbols of {PurePosixPath(file).name}")
        key = digest(_VERSION, file_digest(path))
        folder = yield from workspace.folder("trimmed", key, partial(_make, path))
        for instead in folder.iterdir():
            found[file] = instead
            saved += path.stat().st_size - instead.stat().st_size
    return Trimmed(files=found, saved_bytes=saved)


def _is_candidate(file: str) -> bool:
    path = PurePosixPath(file)
    return ".so" in path.suffixes and not path.parts[0].endswith(".libs")


def _make(path: Path, folder: Path) -> Steps[None]:
    """An empty folder where there is nothing to gain."""
    yield Progress(step="prune", note=f"symbols of {path.name}")
    data = path.read_bytes()
    try:
        smaller = without_symbols(data)
    except NotElf:
        return
    if len(data) - len(smaller) >= _WORTH_BYTES:
        (folder / path.name).write_bytes(smaller)
        (folder / path.name).chmod(0o755 if path.stat().st_mode & 0o111 else 0o644)
