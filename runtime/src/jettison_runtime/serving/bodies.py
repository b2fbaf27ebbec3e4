"""Bodies, read within bounds of size, time and memory, and unpacked within them too.

What is held is charged byte for byte as it arrives, so that a client who says much and sends little holds nothing. When
memory is short, the body that has been arriving longest is given up before a new one is refused.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from .messages import Refused, busy
from .settings import Settings

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_WINDOWS = {b"gzip": 31, b"x-gzip": 31, b"deflate": 15}
_SLICE_BYTES = 1 << 18
"""Unpacked at a time; others have their turn in between."""
_PATIENCE_SECONDS = 1.0
"""A body that has been arriving for less is never given up for another."""


class Gone(Exception):
    """The client has closed the connection: nobody waits for an answer."""


class Charge:
    """The bytes that one request holds."""

    __slots__ = ("_bodies", "held", "refusal", "since", "task")

    def __init__(self, bodies: Bodies, task: asyncio.Task[Any]) -> None:
        self._bodies = bodies
        self.held = 0
        self.since = time.monotonic()
        self.task = task
        self.refusal: Refused | None = None
        """Why its reading was ended from outside."""

    def add(self, count: int) -> None:
        """Hold more.

        :raises Refused: there is no memory for it.
        """
        self._bodies.make_room(count, self)
        self.held += count
        self._bodies.held += count

    def release(self) -> None:
        """Hold nothing any more."""
        self._bodies.held -= self.held
        self.held = 0

    def end(self, refusal: Refused) -> None:
        """Give up reading; the reader raises this."""
        if self.refusal is None:
            self.refusal = refusal
            self.task.cancel()


class Bodies:
    """Every body of this process that is being read or held."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.held = 0
        """Bytes."""
        self.arriving: dict[Charge, None] = {}
        """Oldest first."""

    def charge(self, task: asyncio.Task[Any]) -> Charge:
        """An account for the request that a task answers; `Charge.release` closes it."""
        return Charge(self, task)

    def takes(self, headers: Mapping[bytes, bytes], count: int) -> bool:
        """Whether a body of so many bytes is within the bounds, and not packed."""
        return b"content-encoding" not in headers and count <= min(
            self._settings.max_body_bytes, self._settings.max_held_bytes - self.held
        )

    def make_room(self, count: int, asking: Charge) -> None:
        """See that so many bytes more can be held.

        :raises Refused: they cannot.
        """
        free = self._settings.max_held_bytes - self.held
        if count <= free:
            return
        now = time.monotonic()
        for charge in list(self.arriving):
            if charge is asking or now - charge.since < _PATIENCE_SECONDS:
                continue
            if charge.held:
                free += charge.held
                charge.release()
                charge.end(busy("memory was needed for a request that arrived faster", reason="bytes"))
            if count <= free:
                return
        raise busy("the requests that are being answered hold all the memory there is for them", reason="bytes")

    def sweep(self) -> None:
        """Give up on bodies that have been arriving for too long; called every half second."""
        latest = time.monotonic() - self._settings.read_seconds
        for charge in list(self.arriving):
            if charge.since > latest:
                return
            charge.release()
            seconds = self._settings.read_seconds
            charge.end(Refused(408, f"the body did not arrive within {seconds:g} s", headers=_CLOSE))

    async def read(self, receive: Receive, headers: Mapping[bytes, bytes], charge: Charge) -> bytes:
        """The whole body, unpacked.

        :raises Refused: 400 for a body that cannot be unpacked, 408, 413, 415 for another Content-Encoding, 503.
        :raises Gone: the client went away.
        """
        limit = self._settings.max_body_bytes
        length = headers.get(b"content-length", b"")
        if length and (not length.isdigit() or len(length) > 18 or int(length) > limit):
            raise too_large(limit)
        packing = headers.get(b"content-encoding", b"identity").strip().lower()
        if packing != b"identity" and packing not in _WINDOWS:
            raise Refused(415, "the Content-Encoding of a body is gzip or deflate, or it has none")
        self.arriving[charge] = None
        try:
            if packing == b"identity":
                piece, more = _piece(await receive())
                if more:
                    return await _plain(piece, receive, charge, limit)
                if len(piece) > limit:
                    raise too_large(limit)
                charge.add(len(piece))
                return piece
            return await _unpacked(receive, charge, limit, _WINDOWS[packing])
        except asyncio.CancelledError:
            if charge.refusal is None:
                raise
            raise charge.refusal from None
        finally:
            del self.arriving[charge]


_CLOSE = (("Connection", "close"),)


def too_large(limit: int) -> Refused:
    """A body of more bytes than this."""
    return Refused(413, f"a body has at most {limit} bytes", headers=_CLOSE)


async def _plain(piece: bytes, receive: Receive, charge: Charge, limit: int) -> bytes:
    pieces = []
    total = 0
    more = True
    while True:
        total += len(piece)
        if total > limit:
            raise too_large(limit)
        charge.add(len(piece))
        pieces.append(piece)
        if not more:
            return b"".join(pieces)
        piece, more = _piece(await receive())


async def _unpacked(receive: Receive, charge: Charge, limit: int, window: int) -> bytes:
    reader = zlib.decompressobj(window)
    found: list[bytes] = []
    total = 0
    more = True
    while more:
        piece, more = _piece(await receive())
        while piece:
            try:
                part = reader.decompress(piece, _SLICE_BYTES)
            except zlib.error as cause:
                raise Refused(400, f"the body cannot be unpacked: {cause}") from cause
            total += len(part)
            if total > limit:
                raise too_large(limit)
            charge.add(len(part))
            found.append(part)
            piece = reader.unconsumed_tail
            await asyncio.sleep(0)
        if reader.unused_data:
            raise Refused(400, "there is something behind the packed body")
    if not reader.eof:
        raise Refused(400, "the packed body ends too soon")
    return b"".join(found)


def _piece(message: MutableMapping[str, Any]) -> tuple[bytes, bool]:
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)
