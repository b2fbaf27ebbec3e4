"""Entries to a layer: a deterministic tar, compressed, both digests taken while it is written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from ..errors import ImageInvalid, SettingsInvalid
from ..records import Layer, Progress, Steps
from .compression import Compression, compressor
from .entries import Entry, linked, ordered
from .layout import fresh_blob
from .tar import END, header, padding

_CHUNK_BYTES = 1 << 20
_REPORT_BYTES = 8 << 20


def epoch() -> int:
    """The time that every entry and document bears: ``SOURCE_DATE_EPOCH``, else 0, in seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not given.isascii() or not given.isdigit():
        raise SettingsInvalid(
            f"SOURCE_DATE_EPOCH is {given!r}",
            next_step="set it to whole seconds since 1970, or unset it",
        )
    return int(given)


def timestamp() -> str:
    """`epoch` as documents write it: RFC 3339, UTC."""
    return datetime.fromtimestamp(epoch(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written(
    entries: Iterable[Entry],
    layout: Path,
    *,
    name: str,
    compression: Compression | None = None,
) -> Steps[Layer]:
    """The layer made of the entries, its blob written into the layout.

    Sorted bytewise, parents explicit, owner 0, time `epoch`: the same entries give the same bytes whatever
    machine, folder, umask or order they come from. Compressed bytes depend on the build of zlib or zstd, the
    ``diff_id`` on nothing.

    :raises ImageInvalid: two entries of one name, a file that changes while it is read
    """
    compression = compression or Compression()
    every = ordered(entries)
    total = sum(entry.size_bytes for entry in every)
    seconds = epoch()
    with fresh_blob(layout) as blob:
        outer = _Digested(blob.file)
        inner = _Digested(compressor(compression, outer.as_file()))
        done = reported = 0
        for entry, hard_link in linked(every):
            inner.write(header(entry, epoch=seconds, hard_link=hard_link))
            if entry.kind != "file" or hard_link:
                continue
            for chunk in _content(entry):
                inner.write(chunk)
                done += len(chunk)
                if done - reported >= _REPORT_BYTES:
                    reported = done
                    yield Progress(step=f"pack {name}", done=done, total=total)
            inner.write(padding(entry.size_bytes))
        inner.write(END)
        inner.out.close()
        blob.keep(outer.digest)
    yield Progress(step=f"pack {name}", done=total, total=total)
    return Layer(
        name=name,
        digest=outer.digest,
        diff_id=inner.digest,
        compressed_bytes=outer.size_bytes,
        unpacked_bytes=inner.size_bytes,
        media_type=compression.media_type,
        files=sum(entry.kind == "file" for entry in every),
    )


def _content(entry: Entry) -> Iterator[bytes]:
    if isinstance(entry.content, bytes):
        yield entry.content
        return
    left = entry.size_bytes
    with entry.content.open("rb") as file:
        while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk
        changed = left > 0 or file.read(1) != b""
    if changed:
        raise ImageInvalid(
            f"{entry.content} changed its size while it was packed",
            where=str(entry.content),
            next_step="leave the folder alone while it is packed, then pack again",
        )


class _Digested:
    """A file to write to that knows the digest and the number of the bytes that went through."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.size_bytes = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size_bytes += len(data)
        return self.out.write(data)

    def flush(self) -> None:
        self.out.flush()

    def as_file(self) -> BinaryIO:
        return self  # type: ignore[return-value]

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"
