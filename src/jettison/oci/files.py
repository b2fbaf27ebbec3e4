"""Files by name, in a folder or inside a tar that is not unpacked."""

from __future__ import annotations

import io
import posixpath
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..errors import ImageInvalid
from .compression import kind_of


class Files(Protocol):
    """Named files."""

    @property
    def where(self) -> str:
        """For messages."""
        ...

    def has(self, name: str) -> bool:
        """There is a file of that name."""
        ...

    def size_bytes(self, name: str) -> int:
        """Its length."""
        ...

    def open(self, name: str) -> io.BufferedReader:
        """Its bytes. :raises ImageInvalid: there is none."""
        ...


@dataclass(frozen=True)
class FolderFiles:
    """The files of a folder. A name that leads out of it is not there."""

    root: Path

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.root)

    def has(self, name: str) -> bool:
        """There is a file of that name."""
        return self._path(name) is not None

    def size_bytes(self, name: str) -> int:
        """Its length."""
        return self._found(name).stat().st_size

    def open(self, name: str) -> io.BufferedReader:
        """Its bytes."""
        return self._found(name).open("rb")

    def _path(self, name: str) -> Path | None:
        path = (self.root / name).resolve()
        return path if path.is_relative_to(self.root.resolve()) and path.is_file() else None

    def _found(self, name: str) -> Path:
        path = self._path(name)
        if path is None:
            raise _missing(self.where, name)
        return path


@dataclass(frozen=True)
class ArchiveFiles:
    """The files of an uncompressed tar, read in place."""

    path: Path
    places: dict[str, tuple[int, int]]
    """Offset and length of every file."""
    links: dict[str, str]

    @classmethod
    def opened(cls, path: Path) -> ArchiveFiles:
        """Read the table of contents. :raises ImageInvalid: it is no plain tar."""
        try:
            with path.open("rb") as file:
                kind = kind_of(file.read(4))
                if kind != "none":
                    raise ImageInvalid(
                        f"{path.name} is compressed as a whole",
                        where=str(path),
                        next_step=f"decompress it first: `{'gunzip' if kind == 'gzip' else 'unzstd'} {path.name}`",
                    )
                file.seek(0)
                with tarfile.open(fileobj=file, mode="r:") as tar:
                    members = tar.getmembers()
        except (OSError, tarfile.TarError) as cause:
            raise ImageInvalid(
                f"{path.name} cannot be read as an image: {cause}",
                where=str(path),
                next_step="give the folder of an OCI layout, its tar, or what `docker save` wrote",
            ) from cause
        return cls(
            path=path,
            places={_normal(m.name): (m.offset_data, m.size) for m in members if m.isreg()},
            links={
                _normal(m.name): _normal(posixpath.join(posixpath.dirname(m.name) if m.issym() else "", m.linkname))
                for m in members
                if m.issym() or m.islnk()
            },
        )

    @property
    def where(self) -> str:
        """The archive."""
        return str(self.path)

    def has(self, name: str) -> bool:
        """There is a file of that name."""
        return self._target(name) in self.places

    def size_bytes(self, name: str) -> int:
        """Its length."""
        return self._place(name)[1]

    def open(self, name: str) -> io.BufferedReader:
        """Its bytes."""
        offset, size = self._place(name)
        return io.BufferedReader(_Section(self.path, offset, size))

    def _target(self, name: str) -> str:
        """``docker save`` of old writes a repeated layer as a link to the first."""
        name = _normal(name)
        for _ in self.links:
            if name not in self.links:
                break
            name = self.links[name]
        return name

    def _place(self, name: str) -> tuple[int, int]:
        place = self.places.get(self._target(name))
        if place is None:
            raise _missing(self.where, name)
        return place


def _normal(name: str) -> str:
    return posixpath.normpath(name).lstrip("/")


class _Section(io.RawIOBase):
    """A stretch of a file as a file of its own."""

    def __init__(self, path: Path, offset: int, size: int) -> None:
        self._file = path.open("rb")
        self._file.seek(offset)
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)[: self._left]
        count = self._file.readinto(view)
        self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _missing(where: str, name: str) -> ImageInvalid:
    return ImageInvalid(
        f"there is no file {name!r} in it",
        where=where,
        next_step="the image is not whole: copy it again, for example with skopeo",
    )
