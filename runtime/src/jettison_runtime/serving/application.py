"""The ASGI application: what happens to a request, whatever it asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, MutableMapping
from typing import Any

from .accounts import CLIENT_GONE, Account, close, fault, refused
from .bodies import Charge, Gone, Receive
from .messages import JSON, Refused, Request, Response
from .routes import Route, Table
from .service import Service, State
from .watching import Watch

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TIMEOUT_HEADER = b"x-timeout-ms"
_LINGER_SECONDS, _LINGER_BYTES = 1.0, 64_000_000
"""Of a refused body that is still being sent, so that the sender reads the refusal instead of a broken connection."""


class Application:
    """Routes behind a service."""

    def __init__(self, service: Service, table: Table) -> None:
        self._service, self._table = service, table
        self._watch = Watch()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        service, account = self._service, Account()
        task = asyncio.current_task()
        assert task is not None
        charge = service.bodies.charge(task)
        service.in_flight += 1
        try:
            await self._exchange(scope, receive, send, charge, account)
        except (Gone, asyncio.CancelledError):
            # The client went, as the reader or the watcher saw; or the process is ending.
            account.status = CLIENT_GONE
        except Exception as cause:  # noqa: BLE001  (a fault of ours ends one request, never the server)
            await self._send(fault(service, cause, account).response(), send, None, scope["method"] == "HEAD")
        finally:
            self._watch.end(task)
            charge.release()
            service.in_flight -= 1
            close(service, scope["method"], account)

    def now(self, scope: MutableMapping[str, Any], body: bytes) -> Response | None:
        """The answer to a request that is here whole, where it is given without waiting for anything.

        No task, and no messages between server and application: most of what a quick request costs. None: ask as usual;
        nothing has been answered or counted.
        """
        service, account = self._service, Account()
        if service.state is State.DRAINING:
            return None
        service.in_flight += 1
        try:
            route, parts = self._table.route(scope["method"], scope["path"])
            account.route = route.path
            headers = dict(scope["headers"])
            if route.takes_body:
                _check_media(route, headers)
                if not service.bodies.takes(headers, len(body)):
                    return None
                if not service.answers_now(body):
                    service.inference.admit(account.started + self._patience(headers))  # refused before it is looked at
                    return None
            request = self._request(scope, headers, body, parts, account)
            response = _without_waiting(route.answer(service, request))
            if response is None or response.rest is not None:
                return None
        except Refused as refusal:
            refused(service, refusal, account)
            response = refusal.response()
        except Exception as cause:  # noqa: BLE001  (as above)
            response = fault(service, cause, account).response()
        finally:
            service.in_flight -= 1
        account.status = response.status
        close(service, scope["method"], account)
        return response

    def _request(
        self,
        scope: MutableMapping[str, Any],
        headers: MutableMapping[bytes, bytes],
        body: bytes,
        parts: Mapping[str, str],
        account: Account,
    ) -> Request:
        return Request(
            method=scope["method"],
            path=scope["path"],
            parts=parts,
            headers=headers,
            query=scope["query_string"].decode("latin-1"),
            body=body,
            arrived=account.started,
            deadline=account.started + self._patience(headers),
        )

    async def _exchange(
        self, scope: MutableMapping[str, Any], receive: Receive, send: Send, charge: Charge, account: Account
    ) -> None:
        """Read, answer or refuse, send."""
        more_to_come = False
        try:
            route, parts = self._table.route(scope["method"], scope["path"])
            account.route = route.path
            headers = dict(scope["headers"])
            more_to_come = b"content-length" in headers or b"transfer-encoding" in headers
            body = b""
            if route.takes_body:
                _check_media(route, headers)
                body = await self._service.bodies.read(receive, headers, charge)
                more_to_come = False
            request = self._request(scope, headers, body, parts, account)
            self._watch.begin(charge.task, receive)
            response = await route.answer(self._service, request)
        except Refused as refusal:
            refused(self._service, refusal, account)
            response = refusal.response()
        account.status = response.status
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
