"""What was measured of a service's memory, and holding it to that: told by the environment, as an image has it.

``JETTISON_NEEDS`` is the memory that it takes at its worst, ``JETTISON_MAX_BODY`` the largest body that was measured,
``JETTISON_CONCURRENCY`` how many requests were answered at once, ``JETTISON_MAX_CONNECTIONS`` how many were open: all
of them numbers, sizes in bytes. `jettison soak --certify` writes them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from .memory import memory_limit_bytes

_MB = 1_000_000
_BODILESS = ("GET", "HEAD", "OPTIONS")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Certificate:
    """Limits; 0 where there is none."""

    needed_bytes: int = 0
    max_body_bytes: int = 0
    concurrency: int = 0
    connections: int = 0

    def refusal(self) -> str:
        """Why the service must not start here; empty where it may."""
        allowed = memory_limit_bytes()
        if allowed is None or allowed >= self.needed_bytes:
            return ""
        return (
            f"the service needs {-(-self.needed_bytes // _MB)} MB, and the container allows {allowed // _MB} MB: "
            "raise its memory limit, or measure again with smaller bodies (JETTISON_NEEDS=0 starts it all the same)"
        )


def certificate(environment: Mapping[str, str]) -> Certificate:
    """As the environment says. :raises ValueError: a variable is no whole number."""
    names = ("JETTISON_NEEDS", "JETTISON_MAX_BODY", "JETTISON_CONCURRENCY", "JETTISON_MAX_CONNECTIONS")
    found = []
    for name in names:
        text = environment.get(name) or "0"
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"{name}={text} is no whole number")
        found.append(int(text))
    return Certificate(*found)


class Admitted:
    """An ASGI app that is asked so many requests with a body at once, and none with a larger one.

    A body is read whole before its request has its turn: whoever sends slowly holds up nobody. What has no body
    (health, pages) is let through at once.
    """

    def __init__(self, app: Any, limits: Certificate) -> None:
        self._app = app
        self._most = limits.max_body_bytes or float("inf")
        self._turn = asyncio.Semaphore(limits.concurrency or 1 << 20)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, or the app's life."""
        if scope["type"] != "http" or scope["method"] in _BODILESS:
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        body = await self._body(receive) if int(length) <= self._most else None
        if body is None:
            await _refuse(send)
            return
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def given() -> Message:
            return waiting.pop() if waiting else await receive()

        async with self._turn:
            await self._app(scope, given, send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole of it; None when it is too large. Of a client that went away, what came."""
        pieces: list[bytes] = []
        total = 0
        more = True
        while more:
            message = await receive()
            pieces.append(message.get("body", b""))
            total += len(pieces[-1])
            more = message.get("more_body", False)
            if total > self._most:
                return None
        return b"".join(pieces)


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"error": "the body is too large"}'})
