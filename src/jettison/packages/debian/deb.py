"""Reads a ``.deb``: an ``ar`` archive of two tars, one that describes the package and one with its files."""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import Untrusted

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC = b"!<arch>\n"
_HEADER_BYTES = 60
_CONTROL_LIMIT_BYTES = 8 << 20


def control(deb: Path) -> str:
    """The package's control paragraph, as dpkg would put it into its status file. :raises Untrusted: no ``.deb``"""
    with _tar(deb, "control.tar") as tar:
        for member in tar:
            if member.name.removeprefix("./") == "control" and member.size <= _CONTROL_LIMIT_BYTES:
                file = tar.extractfile(member)
                return file.read().decode("utf-8", "replace") if file else ""
    raise _damaged(deb, "it has no control file")


@contextlib.contextmanager
def files(deb: Path) -> Iterator[tarfile.TarFile]:
    """The package's files, as a tar to be read once from its start. :raises Untrusted: no ``.deb``"""
    with _tar(deb, "data.tar") as tar:
        yield tar


@contextlib.contextmanager
def _tar(deb: Path, wanted: str) -> Iterator[tarfile.TarFile]:
    try:
        with deb.open("rb") as file:
            name, data = _member(deb, file, wanted)
            with contextlib.closing(_plain(name, data)) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
                yield tar
    except (tarfile.TarError, lzma.LZMAError, EOFError, zstd.ZstdError, gzip.BadGzipFile) as cause:
        raise _damaged(deb, str(cause)) from cause


def _member(deb: Path, file: BinaryIO, wanted: str) -> tuple[str, io.BytesIO]:
    """The member whose name begins as wanted; packages are small enough to hold one in memory."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise _damaged(deb, "it is no ar archive")
    while len(header := file.read(_HEADER_BYTES)) == _HEADER_BYTES:
        name = header[:16].decode("ascii", "replace").strip().rstrip("/")
        size = header[48:58].decode("ascii", "replace").strip()
        if not size.isdecimal():
            break
        if name.startswith(wanted):
            return name, io.BytesIO(file.read(int(size)))
        file.seek(int(size) + int(size) % 2, io.SEEK_CUR)
    raise _damaged(deb, f"it has no {wanted}")


def _plain(name: str, data: io.BytesIO) -> BinaryIO:
    suffix = name.rpartition(".")[2]
    if suffix == "xz":
        return cast(BinaryIO, lzma.LZMAFile(data))
    if suffix == "zst":
        return cast(BinaryIO, zstd.ZstdFile(data))
    return cast(BinaryIO, gzip.GzipFile(fileobj=data)) if suffix == "gz" else data


def _damaged(deb: Path, why: str) -> Untrusted:
    return Untrusted(
        f"{deb.name} is no Debian package: {why}",
        where=str(deb),
        next_step="remove it from the cache (`jettison cache clear`) and try again",
    )
