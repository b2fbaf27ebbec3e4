"""One connection: uvicorn's, with bounds on what it holds before there is a request, and on how long that may take."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_BYTES = 32_768
_FRAMING = 16
"""Bytes of chunks' heads and trailers for each byte of a body, at most, beyond those of a head."""


class Connection(HttpToolsProtocol):
    """A client."""

    most = 1024
    """Connections at once; set before the server starts."""

    def connection_made(self, transport: Any) -> None:
        """Called by asyncio."""
        super().connection_made(transport)
        self.since: float | None = time.monotonic()
        """When the head began that has not come whole."""
        self._received = self._of_bodies = 0
        if len(self.connections) > self.most and not self._make_room():
            self.refuse(503, "there are too many connections", retry=True)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += len(data)
        super().data_received(data)
        if self._received > _HEAD_BYTES and self.parser is not None:
            around = self._received - self._of_bodies
            if around > _HEAD_BYTES + _FRAMING * self._of_bodies and not self.transport.is_closing():
                self.refuse(431, "the head of a request has at most 32 KB")

    def on_message_begin(self) -> None:
        """Called by the parser."""
        super().on_message_begin()
        self.since = time.monotonic()

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self.since = None
        if self._received > _HEAD_BYTES and sum(len(name) + len(value) for name, value in self.headers) > _HEAD_BYTES:
            self.refuse(431, "the head of a request has at most 32 KB")
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._of_bodies += len(body)
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._received = self._of_bodies = 0
        if self.cycle is not None:
            super().on_message_complete()

    @property
    def idle(self) -> bool:
        """Nothing has come that is not answered."""
        return self.since is None and (self.cycle is None or self.cycle.response_complete)

    def refuse(self, status: int, what: str, *, retry: bool = False) -> None:
        """Answer outside of any route, and close."""
        body = b'{"error":"%s"}' % what.encode()
        head = b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%sconnection: close\r\n\r\n"
        wait = b"retry-after: 1\r\n" if retry else b""
        if not self.transport.is_closing():
            self.transport.write(head % (status, b"Refused", len(body), wait) + body)
            self.transport.close()

    def _make_room(self) -> bool:
        for other in self.connections:
            if isinstance(other, Connection) and other is not self and other.idle:
                other.transport.close()
                return True
        return False


def sweep(connections: Iterable[Any], *, seconds: float) -> None:
    """Close what has been sending the head of a request for longer than this; called every half second."""
    latest = time.monotonic() - seconds
    for each in list(connections):
        if isinstance(each, Connection) and each.since is not None and each.since < latest:
            each.refuse(408, "the head of the request did not arrive in time")
