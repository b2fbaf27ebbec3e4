"""Sends recorded requests over one kept connection, and times each from the first byte out to the last byte in."""

from __future__ import annotations

import http.client
import socket
import time

from jettison.errors import ServiceFailed
from jettison.records import Answer, Request

_TIMEOUT_SECONDS = 120.0


class Client:
    """One client of one service."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)

    def ask(self, request: Request) -> tuple[float, Answer]:
        """Seconds and the answer.

        :raises ServiceFailed: the service closed the connection or did not answer in time.
        """
        try:
            return self._once(request)
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            # A server may close a kept connection between two requests; that is not yet an answer.
            self.close()
        try:
            return self._once(request)
        except (OSError, http.client.HTTPException) as cause:
            self.close()
            raise ServiceFailed(
                f"no answer to {request.method} {request.path}: {cause or type(cause).__name__}",
                next_step="look at the service's own messages; send that request by hand",
            ) from cause

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _connect(self) -> None:
        self._connection.connect()
        if (sock := self._connection.sock) is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _once(self, request: Request) -> tuple[float, Answer]:
        connection = self._connection
        if connection.sock is None:
            self._connect()
        body = request.sent or None
        start = time.perf_counter()
        connection.request(request.method, request.path, body=body, headers=dict(request.headers))
        response = connection.getresponse()
        raw = response.read()
        seconds = time.perf_counter() - start
        content_type = response.headers.get_content_type()
        return seconds, Answer(
            status=response.status, content_type=content_type, body=raw.decode("utf-8", "backslashreplace")
        )
