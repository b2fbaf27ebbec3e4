"""An image's layers laid over each other in a folder, as a container would see them.

Needs no root: owners are not kept, modes are. Nothing is ever written outside the folder: a name's parents
are followed link by link as if the folder were ``/``, which is what a container would do.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tarfile
from pathlib import Path
from typing import BinaryIO

from ..errors import ImageInvalid
from ..records import Progress, Steps
from ..workspace import space_for
from .compression import damage
from .entries import OPAQUE, WHITEOUT
from .read import StoredImage

_WHITEOUT, _OPAQUE = WHITEOUT.decode(), OPAQUE.decode()
_OF_THE_MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM)
"""Errors that the disk or its owner makes; all others are the layer's, such as a name that is too long."""
_LINKS_LIMIT = 40
_EVERY = 200


def unpacked(image: StoredImage, into: Path) -> Steps[None]:
    """Fill an empty folder with the image's files. Devices, sockets and pipes are left out.

    :raises ImageInvalid: a layer is damaged, or an entry would lie outside the folder
    """
    count = len(image.manifest.layers)
    with space_for(into):
        into.mkdir(parents=True, exist_ok=True)
        for position in range(count):
            with image.plain_layer(position) as layer:
                yield from _applied(layer, into, f"layer {position + 1} of {count}", image.where)


def _applied(layer: BinaryIO, into: Path, name: str, where: str) -> Steps[None]:
    target = _LayerTarget(into, where)
    try:
        with tarfile.open(fileobj=layer, mode="r|") as tar:
            for position, member in enumerate(tar):
                if position % _EVERY == 0:
                    yield Progress(step="unpack", done=position, note=name)
                target.add(tar, member)
    except damage() as cause:
        if isinstance(cause, OSError) and cause.errno in _OF_THE_MACHINE:
            raise
        raise _refused(f"{name} is damaged: {cause}", where) from cause
    target.finish()


class _LayerTarget:
    """Takes the entries of one layer."""

    def __init__(self, root: Path, where: str) -> None:
        self._root = root.resolve()
        self._where = where
        self._fresh: set[Path] = set()
        """What this layer wrote: its own whiteouts do not touch that."""
        self._folder_modes: dict[Path, int] = {}

    def add(self, tar: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """One entry: written, or the removal that it asks for done."""
        parts = self._parts(member.name)
        if not parts:
            return
        folder = self._folder(parts[:-1])
        if parts[-1] == _OPAQUE:
            self._remove_older(folder, keep_itself=True)
        elif parts[-1].startswith(_WHITEOUT):
            self._remove_older(folder / parts[-1].removeprefix(_WHITEOUT))
        else:
            self._write(tar, member, folder / parts[-1])

    def finish(self) -> None:
        """Give the folders their modes, which until now had to let us write. Innermost first."""
        for path in sorted(self._folder_modes, reverse=True):
            if stat.S_ISDIR(_mode(path) or 0):
                path.chmod(self._folder_modes[path])

    def _write(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            return
        source = self._link_source(member) if member.islnk() else path
        there = _mode(path)
        if there is not None and not (member.isdir() and stat.S_ISDIR(there)):
            if source == path and member.islnk():
                return
            self._replace(path)
            there = None
        if member.isdir():
            if there is None:
                path.mkdir()
            path.chmod(0o700)
            self._folder_modes[path] = member.mode & 0o7777
        elif member.issym():
            path.symlink_to(member.linkname)
        elif member.islnk():
            os.link(source, path, follow_symlinks=False)
        else:
            self._write_file(tar, member, path)
        self._fresh.add(path)

    def _write_file(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
        content = tar.extractfile(member)
        assert content is not None  # a regular file has content
        with content, path.open("xb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
            if file.tell() != member.size:
                raise _refused(f"{member.name!r} is cut off", self._where)
        path.chmod(member.mode & 0o7777)

    def _link_source(self, member: tarfile.TarInfo) -> Path:
        parts = self._parts(member.linkname)
        source = self._folder(parts[:-1]) / parts[-1] if parts else self._root
        mode = _mode(source)
        if mode is None or not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            raise _refused(f"{member.name!r} is a hard link to nothing: {member.linkname!r}", self._where)
        return source

    def _parts(self, name: str) -> list[str]:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise _refused(f"an entry leads out of the image: {name!r}", self._where)
        return parts

    def _folder(self, parts: list[str]) -> Path:
        """The real folder that the parts lead to inside the root, made where it is missing."""
        at = self._root
        waiting = parts[::-1]
        links = 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                at = at if at == self._root else at.parent
                continue
            path = at / part
            mode = _mode(path)
            if mode is not None and stat.S_ISLNK(mode):
                links += 1
                if links > _LINKS_LIMIT:
                    raise _refused(f"links that lead in a circle: {'/'.join(parts)!r}", self._where)
                link = os.readlink(path)  # noqa: PTH115 - a Path would tidy it up
                at = self._root if link.startswith("/") else at
                waiting.extend(link.split("/")[::-1])
            else:
                self._open_folder(path, mode)
                at = path
        return at

    def _open_folder(self, path: Path, mode: int | None) -> None:
        """Make the folder or let us write into it."""
        if mode is not None and not stat.S_ISDIR(mode):
            self._replace(path)
            mode = None
        if mode is None:
            path.mkdir()
            self._fresh.add(path)
            self._folder_modes[path] = 0o755
        elif path not in self._folder_modes:
            self._folder_modes[path] = stat.S_IMODE(mode)
            path.chmod(0o700)

    def _remove_older(self, path: Path, *, keep_itself: bool = False) -> None:
        """Remove what lower layers put there; what this layer put there stays."""
        mode = _mode(path)
        if mode is None:
            return
        if not stat.S_ISDIR(mode):
            if path not in self._fresh:
                path.unlink()
            return
        if path not in self._folder_modes and path != self._root:
            self._folder_modes[path] = stat.S_IMODE(mode)
            path.chmod(0o700)
        for inner in list(path.iterdir()):
            self._remove_older(inner)
        if not keep_itself and path not in self._fresh and not any(path.iterdir()):
            self._replace(path)

    def _replace(self, path: Path) -> None:
        """Remove whatever stands there, and forget it: a link in its place must not inherit a folder's mode."""
        _remove(path)
        self._fresh = {fresh for fresh in self._fresh if not fresh.is_relative_to(path)}
        self._folder_modes = {
            folder: mode for folder, mode in self._folder_modes.items() if not folder.is_relative_to(path)
        }


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _remove(path: Path) -> None:
    if not stat.S_ISDIR(path.lstat().st_mode):
        path.unlink()
        return
    path.chmod(0o700)
    for inner in path.iterdir():
        _remove(inner)
    path.rmdir()


def _refused(what: str, where: str) -> ImageInvalid:
    return ImageInvalid(what, where=where, next_step="do not use this image; get it again from whom you trust")
