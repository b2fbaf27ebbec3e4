"""One connection: uvicorn's, with bounds on what it holds before there is a request, and on how long that may take."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Iterable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

_HEAD_BYTES = 32_768
_MOST_AHEAD = 16
"""Requests of a client that wait for its own before them."""
_MOST_NOW = 16
"""Requests of one piece that are answered before others have their turn."""
_FRAMING = 16
"""Bytes of chunks' heads and trailers for each byte of a body, at most, beyond those of a head."""


class _Joined(asyncio.Transport):
    """A transport that sends the head of an answer together with what follows: one call of the system for both."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._head = b""
        for name in (
            "get_extra_info",
            "get_write_buffer_size",
            "is_closing",
            "pause_reading",
            "resume_reading",
            "set_protocol",
        ):
            setattr(self, name, getattr(transport, name))

    def write(self, data: Any) -> None:
        """As a transport's."""
        if not self._head and data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100 "):
            self._head = data
        else:
            self._transport.write(self._head + data)
            self._head = b""

    def send(self, data: bytes) -> None:
        """A whole answer."""
        self._transport.write(data)

    def flush(self) -> None:
        """Nothing follows."""
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def abort(self) -> None:
        """As a transport's."""
        self._head = b""
        self._transport.abort()

    def close(self) -> None:
        """As a transport's."""
        self.flush()
        self._transport.close()


class Connection(HttpToolsProtocol):
    """A client.

    A plain request that comes whole, behind no other one, is offered to `now` of the application first. Everything else
    is uvicorn's.
    """

    most = 1024
    """Connections at once; set before the server starts."""

    def connection_made(self, transport: Any) -> None:
        """Called by asyncio."""
        self._joined = _Joined(transport)
        super().connection_made(self._joined)
        self.idle_since = time.monotonic()
        self._unsent: tuple[int, float] | None = None
        """Bytes that the client has not taken, and since when they have not become fewer."""
        self.since: float | None = time.monotonic()
        """When the head began that has not come whole."""
        self._received = self._of_bodies = 0
        self._head_waits = False
        """The head of a request is here, and the rest may be in the same piece: `_whole` gathers its body."""
        self._whole = bytearray()
        self._answers_now = 0
        """Of the piece that came last."""
        if len(self.connections) > self.most and not self._make_room():
            self.refuse(503, "there are too many connections", retry=True)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._received += len(data)
        self._answers_now = 0
        super().data_received(data)
        if self._head_waits:
            self._begin()
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
        if len(self.pipeline) >= _MOST_AHEAD:
            self.refuse(503, "too many requests were sent ahead of their answers", retry=True)
            return
        self._address = httptools.parse_url(self.url)
        if self._address.path is None:
            raise httptools.HttpParserInvalidURLError("it has no path")
        alone = self.cycle is None or self.cycle.response_complete
        waits = self.expect_100_continue or self.flow.write_paused or self._answers_now >= _MOST_NOW
        # A chunked one may have trailers, which would count as headers.
        chunked = b"transfer-encoding" in [name for name, _ in self.headers]
        self._head_waits = alone and not waits and not chunked
        if not self._head_waits:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._of_bodies += len(body)
        if self._head_waits:
            self._whole += body
        elif self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self._received = self._of_bodies = 0
        if self._head_waits:
            if self._answered_now():
                self._head_waits = False
                return
            self._begin()
        if self.cycle is not None:
            super().on_message_complete()

    def _begin(self) -> None:
        """The request is one for a task."""
        self._head_waits, body, self._whole = False, bytes(self._whole), bytearray()
        if self.transport.is_closing():
            return
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _answered_now(self) -> bool:
        """Whether the request, which is here whole, is answered and done with."""
        parser = self.parser
        plain = parser.get_http_version() == "1.1" and parser.should_keep_alive() and not parser.should_upgrade()
        if not plain or self.transport.is_closing():
            return False
        scope: Any = self.scope
        method, path = parser.get_method().decode("ascii"), self._address.path.decode("ascii")
        scope.update(
            method=method,
            path=urllib.parse.unquote(path) if "%" in path else path,
            query_string=self._address.query or b"",
        )
        response = self.app.now(scope, bytes(self._whole))
        if response is None:
            return False
        self._answers_now += 1
        self._whole = bytearray()
        fields = response.fields()
        lines = b"".join([b"%b: %b\r\n" % field for field in fields])
        self._joined.send(STATUS_LINE[response.status] + lines + b"\r\n" + (b"" if method == "HEAD" else response.body))
        if (b"connection", b"close") in [(name, value.lower()) for name, value in fields]:
            self.transport.close()
        self.server_state.total_requests += 1
        self.idle_since = time.monotonic()
        return True

    def on_response_complete(self) -> None:
        """Called at the end of an answer: as uvicorn's, but that `sweep` ends idle connections and not a timer each."""
        self.server_state.total_requests += 1
        self._joined.flush()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.idle_since = time.monotonic()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    @property
    def idle(self) -> bool:
        """Nothing has come that is not answered."""
        return self.since is None and (self.cycle is None or self.cycle.response_complete)

    def stalled_seconds(self, now: float) -> float:
        """For how long the client has taken nothing of what is to be sent to it; 0 where there is nothing."""
        waiting = self._joined.get_write_buffer_size()
        if not waiting:
            self._unsent = None
            return 0.0
        if self._unsent is None or waiting != self._unsent[0]:
            self._unsent = waiting, now
        return now - self._unsent[1]

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
            if isinstance(other, Connection) and other is not self and other.idle and not other.transport.is_closing():
                other.transport.abort()
                return True
        return False


def sweep(connections: Iterable[Any], *, read_seconds: float, idle_seconds: float) -> None:
    """End what has been sending a head, or taking an answer, for too long, and what has long been idle.

    Called four times a second.
    """
    now = time.monotonic()
    for each in list(connections):
        if not isinstance(each, Connection):
            continue
        if each.stalled_seconds(now) > read_seconds:
            each.transport.abort()
        elif each.since is not None and now - each.since > read_seconds:
            each.refuse(408, "the head of the request did not arrive in time")
        elif each.idle and now - each.idle_since > idle_seconds:
            each.transport.close()
