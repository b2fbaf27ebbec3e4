"""gzip on all cores: blocks compressed side by side, whose bytes are the same on any number of cores.

As pigz does it: each block begins with the last 32 KB before it as its dictionary and ends at a whole byte, so that the
blocks one after another are one stream. Source: RFC 1951 and 1952; Mark Adler, pigz.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import BinaryIO

_BLOCK_BYTES = 1 << 20
_WINDOW_BYTES = 32 << 10
"""How far back deflate can refer."""
_HEAD = b"\x1f\x8b\x08\x00" + bytes(4) + b"%c\xff"
"""No name, time 0, operating system 255: only the level's mark is not fixed."""
_MARKS = {1: 4, 9: 2}
"""Of the fastest and the slowest level."""


class Gzip:
    """A file to write plain bytes to; closing it ends the stream and leaves `out` open."""

    def __init__(self, out: BinaryIO, level: int) -> None:
        self._out, self._level = out, level
        self._pool = ThreadPoolExecutor(workers := len(os.sched_getaffinity(0)), thread_name_prefix="gzip")
        self._most = 2 * workers
        self._waiting: deque[Future[bytes]] = deque()
        self._block = bytearray()
        self._window = b""
        self._crc = self._size_bytes = 0
        out.write(_HEAD % _MARKS.get(level, 0))

    def write(self, data: bytes) -> int:
        """As a file's."""
        self._crc = zlib.crc32(data, self._crc)
        self._size_bytes += len(data)
        self._block += data
        while len(self._block) > _BLOCK_BYTES:  # what ends the stream is never empty
            self._begin(bytes(self._block[:_BLOCK_BYTES]), last=False)
            del self._block[:_BLOCK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Nothing: a block is written when it is whole."""

    def close(self) -> None:
        """End the stream."""
        self._begin(bytes(self._block), last=True)
        while self._waiting:
            self._out.write(self._waiting.popleft().result())
        self._pool.shutdown()
        self._out.write(struct.pack("<II", self._crc, self._size_bytes & 0xFFFFFFFF))

    def _begin(self, block: bytes, *, last: bool) -> None:
        if len(self._waiting) >= self._most:
            self._out.write(self._waiting.popleft().result())
        self._waiting.append(self._pool.submit(_deflated, block, self._window, self._level, last))
        self._window = block[-_WINDOW_BYTES:]


def _deflated(block: bytes, window: bytes, level: int, last: bool) -> bytes:
    press = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=window)
    return press.compress(block) + press.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
