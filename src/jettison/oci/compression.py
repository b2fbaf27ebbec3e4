"""How a layer's bytes are compressed, and back."""

from __future__ import annotations

import contextlib
import gzip
import io
import sys
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from .blockwise import Gzip
from .values import LAYER, LAYER_GZIP, LAYER_ZSTD

if TYPE_CHECKING:
    from types import ModuleType

Kind = Literal["gzip", "zstd", "none"]

MEDIA_TYPE_OF: dict[Kind, str] = {"gzip": LAYER_GZIP, "zstd": LAYER_ZSTD, "none": LAYER}

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, kw_only=True)
class Compression:
    """A method and its level. gzip is what every registry, engine and cloud reads; zstd needs recent ones."""

    kind: Kind = "gzip"
    level: int = 9
    """1 to 9 for gzip, 1 to 22 for zstd; of no meaning for ``none``."""

    @property
    def media_type(self) -> str:
        """Of a layer so compressed."""
        return MEDIA_TYPE_OF[self.kind]


def compressor(compression: Compression, out: BinaryIO) -> BinaryIO:
    """A file to write plain bytes to; closing it ends the compressed stream and leaves `out` open.

    Equal bytes give an equal digest with the same build of zlib or zstd, on any number of cores.
    """
    if compression.kind == "gzip":
        return cast(BinaryIO, Gzip(out, compression.level))
    if compression.kind == "zstd":
        return cast(BinaryIO, zstd().ZstdFile(out, mode="wb", level=compression.level))
    return cast(BinaryIO, _Uncompressed(out))


def kind_of(head: bytes) -> Kind:
    """The method, told by the first four bytes."""
    if head.startswith(_GZIP_MAGIC):
        return "gzip"
    return "zstd" if head.startswith(_ZSTD_MAGIC) else "none"


@contextlib.contextmanager
def plain(stream: io.BufferedReader) -> Iterator[BinaryIO]:
    """The uncompressed bytes of a stream, whatever the method. Both are closed in the end."""
    with stream:
        kind = kind_of(stream.peek(4))
        if kind == "gzip":
            with gzip.GzipFile(fileobj=stream, mode="rb") as file:
                yield cast(BinaryIO, file)
        elif kind == "zstd":
            with zstd().ZstdFile(stream, mode="rb") as file:
                yield file
        else:
            yield stream


def damage() -> tuple[type[Exception], ...]:
    """What a damaged tar raises while it is read through `plain`. An `OSError` with a number is the disk's."""
    return (EOFError, OSError, zlib.error, tarfile.TarError, zstd().ZstdError)


def zstd() -> ModuleType:
    """The module of Python 3.14, or its backport with the same interface."""
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    return module


class _Uncompressed(io.RawIOBase):
    """Passes bytes on; closing it leaves the file below open, as the compressors do."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._out.write(data)
