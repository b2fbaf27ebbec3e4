"""The ASGI application: what happens to a request, whatever it asks for."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any

from .bodies import Charge, Gone, Receive
from .messages import JSON, Refused, Request, Response
from .metrics import OTHER
from .routes import Route, Table
from .service import Service, State
from .watching import Watch

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_CLIENT_GONE = 499
"""As nginx counts it; it is never sent."""
_TIMEOUT_HEADER = b"x-timeout-ms"
_LINGER_SECONDS, _LINGER_BYTES = 1.0, 64_000_000
"""Of a refused body that is still being sent, so that the sender reads the refusal instead of a broken connection."""


class _Account:
    """What is counted and logged of one request."""

    __slots__ = ("route", "started", "status", "why")

    def __init__(self, started: float) -> None:
        self.started = started
        self.route = OTHER
        self.status = _CLIENT_GONE
        self.why = ""


class Application:
    """Routes behind a service."""

    def __init__(self, service: Service, table: Table) -> None:
        self._service, self._table = service, table
        self._watch = Watch()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        service, log = self._service, _Account(started=time.monotonic())
        task = asyncio.current_task()
        assert task is not None
        charge = service.bodies.charge(task)
        service.in_flight += 1
        try:
            await self._exchange(scope, receive, send, charge, log)
        except (Gone, asyncio.CancelledError):
            # The client went, as the reader or the watcher saw; or the process is ending.
            log.status = _CLIENT_GONE
        except Exception as cause:  # noqa: BLE001  (a fault of ours ends one request, never the server)
            await self._send(self._faulty(cause, log), send, None, scope["method"] == "HEAD")
        finally:
            self._watch.end(task)
            charge.release()
            service.in_flight -= 1
            self._ended(scope["method"], log)

    def now(self, scope: MutableMapping[str, Any], body: bytes) -> Response | None:
        """The answer to a request that is here whole, where it is given without waiting for anything.

        No task, and no messages between server and application: most of what a quick request costs. None: ask as usual;
        nothing has been answered or counted.
        """
        service, log = self._service, _Account(started=time.monotonic())
        if service.state is State.DRAINING:
            return None
        service.in_flight += 1
        try:
            route, parts = self._table.route(scope["method"], scope["path"])
            log.route = route.path
            headers = dict(scope["headers"])
            if route.takes_body:
                _check_media(route, headers)
                if not service.bodies.takes(headers, len(body)):
                    return None
                if not service.answers_now(body):
                    service.inference.admit(log.started + self._patience(headers))  # refused before it is looked at
                    return None
            request = self._request(scope, headers, body, parts, log)
            response = _without_waiting(route.answer(service, request))
            if response is None or response.rest is not None:
                return None
        except Refused as refused:
            response = self._refusal(refused, log)
        except Exception as cause:  # noqa: BLE001  (as above)
            response = self._faulty(cause, log)
        finally:
            service.in_flight -= 1
        log.status = response.status
        self._ended(scope["method"], log)
        return response

    def _faulty(self, cause: Exception, log: _Account) -> Response:
        log.status, log.why = 500, uuid.uuid4().hex
        self._service.log.line("fault", id=log.why, error=repr(cause), route=log.route)
        return Refused(500, f"a fault of the server; the log has more under {log.why}").response()

    def _refusal(self, refused: Refused, log: _Account) -> Response:
        log.why = refused.reason
        if refused.status in (429, 503):
            self._service.metrics.shed.add(refused.reason)
        return refused.response()

    def _ended(self, method: str, log: _Account) -> None:
        """Count and log it."""
        service, took = self._service, time.monotonic() - log.started
        service.metrics.requests.add(log.route, str(log.status))
        service.metrics.latency.observe(took, log.route)
        if service.settings.log_requests:
            ms = int(took * 1e6) / 1e3
            if log.why:
                service.log.line("request", method=method, route=log.route, status=log.status, ms=ms, why=log.why)
            else:
                service.log.request(method, log.route, log.status, ms)

    def _request(
        self,
        scope: MutableMapping[str, Any],
        headers: MutableMapping[bytes, bytes],
        body: bytes,
        parts: Mapping[str, str],
        log: _Account,
    ) -> Request:
        return Request(
            method=scope["method"],
            path=scope["path"],
            parts=parts,
            headers=headers,
            query=scope["query_string"].decode("latin-1"),
            body=body,
            arrived=log.started,
            deadline=log.started + self._patience(headers),
        )

    async def _exchange(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, charge: Charge, log: _Account
    ) -> None:
        """Read, answer or refuse, send."""
        more_to_come = False
        try:
            route, parts = self._table.route(scope["method"], scope["path"])
            log.route = route.path
            headers = dict(scope["headers"])
            more_to_come = b"content-length" in headers or b"transfer-encoding" in headers
            body = b""
            if route.takes_body:
                _check_media(route, headers)
                body = await self._service.bodies.read(receive, headers, charge)
                more_to_come = False
            request = self._request(scope, headers, body, parts, log)
            self._watch.begin(charge.task, receive)
            response = await route.answer(self._service, request)
        except Refused as refused:
            response = self._refusal(refused, log)
        log.status = response.status
        await self._send(response, send, receive if more_to_come else None, scope["method"] == "HEAD")
        if response.rest is not None:
            await _streamed(response.rest, send)

    def _patience(self, headers: MutableMapping[bytes, bytes]) -> float:
        """Seconds that the client is ready to wait.

        :raises Refused: 400 for a header that is no number of milliseconds.
        """
        longest = self._service.settings.timeout_seconds
        value = headers.get(_TIMEOUT_HEADER)
        if value is None:
            return longest
        if not value.isdigit() or len(value) > 9 or not int(value):
            raise Refused(400, "X-Timeout-Ms is a whole number of milliseconds, 1 at least")
        return min(int(value) / 1000, longest)

    async def _send(self, response: Response, send: Send, rest: Receive | None, head_only: bool) -> None:
        headers = response.fields()
        if (rest is not None or self._service.state is State.DRAINING) and (b"connection", b"close") not in headers:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if rest is not None and not head_only:
            await send({"type": "http.response.body", "body": response.body, "more_body": True})
            await _discarded(rest)
            await send({"type": "http.response.body", "body": b""})
        else:
            body = b"" if head_only else response.body
            await send({"type": "http.response.body", "body": body, "more_body": response.rest is not None})


async def _streamed(rest: AsyncGenerator[bytes, None], send: Send) -> None:
    try:
        async for piece in rest:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await rest.aclose()


def _without_waiting(answer: Coroutine[Any, Any, Response]) -> Response | None:
    """What comes of a coroutine that waits for nothing; None, and it is ended where it is, for one that does."""
    try:
        answer.send(None)
    except StopIteration as end:
        found: Response = end.value
        return found
    answer.close()
    return None


def _check_media(route: Route, headers: MutableMapping[bytes, bytes]) -> None:
    given = headers.get(b"content-type")
    if given is None:
        return
    media = given.split(b";", 1)[0].strip().lower().decode("latin-1")
    if media not in route.media:
        hint = " (curl --json says so)" if JSON in route.media else ""
        raise Refused(415, f"this path takes {' or '.join(route.media)}, named in Content-Type{hint}")


async def _discarded(receive: Receive) -> None:
    """Read on and keep nothing, for a while."""

    async def read() -> None:
        total = 0
        while total < _LINGER_BYTES:
            message = await receive()
            total += len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    try:
        await asyncio.wait_for(read(), _LINGER_SECONDS)
    except asyncio.TimeoutError:  # noqa: UP041  (another error on Python 3.10)
        return
