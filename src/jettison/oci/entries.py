"""What goes into a layer: entries, made from folders or from bytes.

Everything that differs between machines is gone here already: owners, times and umask do not exist in an
`Entry`, and a mode is one of three.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ..errors import ImageInvalid

PLAIN_MODE = 0o644
EXECUTABLE_MODE = 0o755
FOLDER_MODE = 0o755
SHARED_FOLDER_MODE = 0o1777

SHARED_FOLDERS = (b"tmp", b"var/tmp")
"""Where everybody may write."""

WHITEOUT = b".wh."
"""The prefix that marks a name of a lower layer as gone."""
OPAQUE = b".wh..wh..opq"
"""The name that marks everything of lower layers in its folder as gone."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file, folder or link of a layer."""

    name: bytes
    """Relative to the root, without slashes at the ends: ``usr/bin/python3``."""
    kind: Literal["file", "folder", "symlink"]
    mode: int
    content: bytes | Path = b""
    """Of a file: its bytes, or where they lie."""
    size_bytes: int = 0
    target: bytes = b""
    """Of a symlink, as written in it."""
    inode: tuple[int, int] | None = None
    """Of a file with several names; entries with the same one become hard links of each other."""


def file(name: str | bytes, content: bytes | Path, *, executable: bool = False) -> Entry:
    """A file with the given bytes, or those of a file on this machine."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    mode = EXECUTABLE_MODE if executable else PLAIN_MODE
    return Entry(name=os.fsencode(name), kind="file", mode=mode, content=content, size_bytes=size)


def folder(name: str | bytes) -> Entry:
    """An empty folder."""
    path = os.fsencode(name)
    return Entry(name=path, kind="folder", mode=folder_mode(path))


def symlink(name: str | bytes, target: str | bytes) -> Entry:
    """A symbolic link."""
    return Entry(name=os.fsencode(name), kind="symlink", mode=0o777, target=os.fsencode(target))


def folder_mode(name: bytes) -> int:
    """1777 for the folders where everybody may write, else 0755."""
    return SHARED_FOLDER_MODE if name in SHARED_FOLDERS else FOLDER_MODE


def from_disk(path: Path, name: str | bytes) -> Entry:
    """A file or link of this machine under another name.

    :raises ImageInvalid: something that a layer cannot hold: a device, a socket, a pipe, a whiteout's name
    """
    target = os.fsencode(name)
    if target.rpartition(b"/")[2].startswith(WHITEOUT):
        raise _not_packable(target, "begins with .wh., which in an image marks a removed file")
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return symlink(target, os.readlink(path))  # noqa: PTH115 - a Path would tidy it up
    if not stat.S_ISREG(status.st_mode):
        raise _not_packable(target, "is neither a file nor a folder nor a link")
    return Entry(
        name=target,
        kind="file",
        mode=EXECUTABLE_MODE if status.st_mode & 0o111 else PLAIN_MODE,
        content=path,
        size_bytes=status.st_size,
        inode=(status.st_dev, status.st_ino) if status.st_nlink > 1 else None,
    )


def tree(root: Path, at: str = "") -> Iterator[Entry]:
    """Everything below a folder, as it will lie below `at` in the image. In no promised order.

    Files with several names inside the folder become hard links; names outside it do not count.

    :raises ImageInvalid: something that a layer cannot hold: a device, a socket, a pipe, a whiteout's name.
    """
    prefix = os.fsencode(at.strip("/"))
    waiting = [(os.fsencode(root), prefix)]
    while waiting:
        folder_path, below = waiting.pop()
        with os.scandir(folder_path) as found:
            for item in found:
                name = below + b"/" + item.name if below else item.name
                if item.is_dir(follow_symlinks=False):
                    yield folder(name)
                    waiting.append((item.path, name))
                else:
                    yield from_disk(Path(os.fsdecode(item.path)), name)


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """Sorted by name bytewise, every parent folder there exactly once.

    :raises ImageInvalid: two entries of one name, or a name that leads out of the image.
    """
    by_name: dict[bytes, Entry] = {}
    for entry in entries:
        _check_name(entry.name)
        other = by_name.setdefault(entry.name, entry)
        if other is not entry and not (other.kind == entry.kind == "folder"):
            raise _not_packable(entry.name, "stands twice in one layer")
    for name in list(by_name):
        for parent in parents(name):
            above = by_name.setdefault(parent, folder(parent))
            if above.kind != "folder":
                raise _not_packable(name, f"lies below {os.fsdecode(parent)}, which is no folder")
    return [by_name[name] for name in sorted(by_name)]


def linked(entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """Every entry with the name of the earlier entry that it is a hard link of, or nothing."""
    first: dict[tuple[int, int], bytes] = {}
    for entry in entries:
        if entry.inode is None:
            yield entry, b""
        elif entry.inode in first:
            yield replace(entry, size_bytes=0), first[entry.inode]
        else:
            first[entry.inode] = entry.name
            yield entry, b""


def parents(name: bytes) -> Iterator[bytes]:
    """The folders above a name, outermost first."""
    at = name.find(b"/")
    while at != -1:
        yield name[:at]
        at = name.find(b"/", at + 1)


def _check_name(name: bytes) -> None:
    if not name or b"\0" in name or any(part in (b"", b".", b"..") for part in name.split(b"/")):
        raise _not_packable(name, "is no name inside an image")


def _not_packable(name: bytes, reason: str) -> ImageInvalid:
    return ImageInvalid(
        f"{os.fsdecode(name)!r} cannot be packed: it {reason}",
        where=os.fsdecode(name),
        next_step="take it out of the folder that is packed, or rename it",
    )
