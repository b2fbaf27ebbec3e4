"""The end of a file behind an address, piece by piece, so that a zip's directory is read and its contents are not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

from ..errors import IndexUnreachable
from .remote import Remote

_FIRST_BYTES = 32 * 1024
"""Of the tail, read at once: the whole directory of most wheels, and the metadata that stands before it."""
_LARGEST_DIRECTORY_BYTES = 64 * 1024 * 1024
_WHOLE_BYTES = 1024 * 1024
"""A file up to this size is read whole where the server gives no ranges."""


class NoRangesError(Exception):
    """The server gives the file only whole, and it is too large for that."""

    def __init__(self, reason: str, *, whole_bytes: int = 0) -> None:
        super().__init__(reason)
        self.whole_bytes = whole_bytes
        """Size of the file as the server tells it; 0 when it does not."""


class RemoteTail(io.RawIOBase):
    """A readable, seekable file of which only the end is fetched: from the earliest place that was read to the end.

    :raises NoRangesError: from any reading, when the server gives no ranges
    :raises IndexUnreachable: from any reading
    """

    def __init__(self, remote: Remote, url: str, listed_bytes: int | None) -> None:
        super().__init__()
        self._remote = remote
        self._url = url
        self._position = 0
        self._tail = b""
        self.fetched_bytes = 0
        self.size_bytes = listed_bytes if listed_bytes else self._asked_size()
        self._extend(max(0, self.size_bytes - _FIRST_BYTES))

    @property
    def begins_at(self) -> int:
        """Offset of the first fetched byte."""
        return self.size_bytes - len(self._tail)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, without fetching."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size_bytes}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, fetching what is missing."""
        if self._position < self.begins_at:
            self._extend(self._position)
        start = self._position - self.begins_at
        data = self._tail[start : start + len(buffer)]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _extend(self, start: int) -> None:
        """Fetch from `start` to what is already here."""
        end = self.begins_at
        if start >= end:
            return
        if end - start > _LARGEST_DIRECTORY_BYTES:
            raise NoRangesError("its directory is implausibly large")
        data, first, total = self._fetched(start, end - 1)
        if total != self.size_bytes:
            if self._tail:
                raise IndexUnreachable(
                    "a package index serves a file that changes while it is read",
                    next_step="try again; if it stays so, ask who runs the index",
                )
            self.size_bytes = total
            self._extend(max(0, total - _FIRST_BYTES))
            return
        self._tail = data[: end - first] + self._tail

    def _asked_size(self) -> int:
        return self._fetched(0, 0)[2]

    def _fetched(self, first: int, last: int) -> tuple[bytes, int, int]:
        """Bytes, the offset of their first one, and the size of the whole file."""
        headers = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
        with self._remote.answer(self._url, headers) as response:
            encoded = response.headers.get("Content-Encoding", "identity") != "identity"
            named = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", ""))
            whole = int(response.headers.get("Content-Length", 0))
            if encoded or not (named or 0 < whole <= _WHOLE_BYTES):
                raise NoRangesError("the index gives no byte ranges", whole_bytes=whole)
            data = self._read(response.iter_raw(), last - first + 1 if named else whole)
        return (data, int(named[1]), int(named[3])) if named else (data, 0, len(data))

    def _read(self, chunks: Iterable[bytes], limit: int) -> bytes:
        import httpx

        data = bytearray()
        try:
            for chunk in chunks:
                data += chunk
                if len(data) > limit:
                    raise NoRangesError("the index sends more than it was asked for")
        except httpx.TransportError as cause:
            raise IndexUnreachable(
                f"a package index breaks off: {type(cause).__name__}", next_step="check the network, and try again"
            ) from cause
        finally:
            self.fetched_bytes += len(data)
        return bytes(data)
