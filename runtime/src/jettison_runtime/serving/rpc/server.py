"""gRPC's server, in the event loop of HTTP's: the same service, the same queue, the same bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from ..accounts import Account, close, fault, refused
from ..messages import Refused, busy
from ..service import Service
from .methods import METHODS, OF_A_MESSAGE, Method
from .turns import Turns

_CODES = {
    404: grpc.StatusCode.NOT_FOUND,
    408: grpc.StatusCode.DEADLINE_EXCEEDED,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    500: grpc.StatusCode.INTERNAL,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}
"""What a status of HTTP is called here; all others are an invalid argument."""
_HEAD_BYTES = 65_536
"""Of a message, around its tensors."""
_SPARE_CALLS = 64
"""Beside those that wait for the model: that are read, or whose answers are on their way."""
_STREAMS = 256
"""Calls at once of one connection."""
_MOST = (1 << 31) - 1
_DETAILS = 1000
"""Characters of a refusal: clients read no more than some thousands of bytes of it."""
_FAREWELL_SECONDS = 0.5
"""For which calls are refused before the server stops: it cuts off what is on its way, which no client tries again."""


class GrpcServer:
    """Listens beside HTTP. Made in the event loop."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._service = service
        self._turns = Turns(settings)
        self._most = settings.max_queue + _SPARE_CALLS
        self._calls = 0
        self._ending = False
        options = {
            "grpc.max_receive_message_length": min(settings.max_body_bytes + _HEAD_BYTES, _MOST),
            "grpc.max_send_message_length": -1,
            "grpc.max_connection_idle_ms": min(int(settings.keep_alive_seconds * 1000), _MOST),
            "grpc.max_concurrent_streams": _STREAMS,
            "grpc.http2.bdp_probe": 0,  # windows stay 64 KB: what arrives before its turn is no more than that
            "grpc.so_reuseport": 0,
        }
        self._server = grpc.aio.server(options=tuple(options.items()))
        for name, methods in METHODS.items():
            handlers = {method: self._handler(f"/{name}/{method}", answer) for method, answer in methods.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))

    async def start(self, host: str, port: int) -> int:
        """Listen; gives back the port.

        :raises OSError: it cannot be had.
        """
        named = f"[{host}]" if ":" in host else host or "[::]"
        try:
            found = self._server.add_insecure_port(f"{named}:{port}")
        except RuntimeError as cause:
            raise OSError(str(cause)) from cause
        await self._server.start()
        return int(found)

    async def stop(self, seconds: float) -> None:
        """Take no more, and give what was accepted so many seconds."""
        self._ending = True
        await asyncio.sleep(_FAREWELL_SECONDS)
        stopping = asyncio.ensure_future(self._server.stop(seconds))
        while self._calls and not stopping.done():
            await asyncio.sleep(0.02)
        # Connections that nobody speaks on are not waited for; the last answers have a moment to be sent.
        await asyncio.wait({stopping}, timeout=_FAREWELL_SECONDS)
        await self._server.stop(None)

    def _handler(self, route: str, method: Method) -> Any:
        """As of streams, to read the message in its turn and see the answer taken: on the wire it is the same."""

        async def answer(messages: AsyncIterator[bytes], call: Any) -> None:
            await self._answer(route, method, call)

        return grpc.stream_stream_rpc_method_handler(answer)

    async def _answer(self, route: str, method: Method, call: Any) -> None:
        service, account = self._service, Account()
        account.route = route
        service.in_flight += 1
        self._calls += 1
        refusal: Refused | None = None
        try:
            answer = await self._answered(method, call, account)
            await asyncio.wait_for(call.write(answer), service.settings.read_seconds)
            account.status = 200
        except asyncio.TimeoutError:  # noqa: UP041  (another one in Python 3.10)
            # Who takes nothing of an answer for so long is cut off: gRPC drops a call whose handler was cancelled.
            raise asyncio.CancelledError from None
        except Refused as cause:
            refused(service, cause, account)
            refusal = cause.with_traceback(None)  # or it and this frame would hold each other, and the message
        except Exception as cause:  # noqa: BLE001  (a fault of ours ends one request, never the server)
            refusal = fault(service, cause, account)
        finally:  # and where the client has gone, which cancels this
            self._calls -= 1
            service.in_flight -= 1
            close(service, "gRPC", account)
        if refusal is not None:
            code = _CODES.get(refusal.status, grpc.StatusCode.INVALID_ARGUMENT)
            await call.abort(code, refusal.what[:_DETAILS], _told(refusal))

    async def _answered(self, method: Method, call: Any, account: Account) -> bytes:
        service = self._service
        deadline = account.started + min(service.settings.timeout_seconds, _patience(call))
        if method not in OF_A_MESSAGE:
            return await method(service, b"", deadline)
        if self._ending:
            raise busy("the server is ending", reason="draining")
        if self._calls > self._most:
            raise busy(f"{self._most} calls are being answered already", reason="queue", status=429)
        # Not by the iterator that a handler is given: it and the call hold each other, and the message, until Python
        # looks for such rings.
        raw = await self._turns.read(call.peer(), call.read)
        if not isinstance(raw, bytes):  # the end
            raise Refused(400, "a call has one message")
        task = asyncio.current_task()
        assert task is not None
        charge = service.bodies.charge(task)
        try:
            charge.add(len(raw))
            return await method(service, raw, deadline)
        finally:
            charge.release()


def _patience(call: Any) -> float:
    """Seconds until the client's own deadline."""
    left = call.time_remaining()
    return float("inf") if left is None else max(0.0, left)


def _told(refusal: Refused) -> tuple[tuple[str, str], ...]:
    """When to ask again, as gRPC's own retries read it."""
    waits = [int(value) * 1000 for name, value in refusal.headers if name == "Retry-After"]
    return tuple(("grpc-retry-pushback-ms", str(each)) for each in waits)
