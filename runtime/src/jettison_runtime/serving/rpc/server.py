"""gRPC's server, in the event loop of HTTP's: the same service, the same queue, the same bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from ..accounts import Account, close, fault, refused
from ..messages import Refused
from ..service import Service
from .methods import METHODS, Method

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
"""Beside those that wait for the model: of health and metadata."""


class Procedures:
    """A server of gRPC. Made in the event loop."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._service = service
        options = {
            "grpc.max_receive_message_length": settings.max_body_bytes + _HEAD_BYTES,
            "grpc.max_send_message_length": -1,
            "grpc.max_connection_idle_ms": int(settings.keep_alive_seconds * 1000),
            "grpc.http2.bdp_probe": 0,  # windows stay 64 KB: what arrives before its turn is no more than that
            "grpc.so_reuseport": 0,
        }
        self._server = grpc.aio.server(
            options=tuple(options.items()), maximum_concurrent_rpcs=settings.max_queue + _SPARE_CALLS
        )
        for name, methods in METHODS.items():
            handlers = {method: self._handler(f"/{name}/{method}", answer) for method, answer in methods.items()}
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))

    async def start(self, host: str, port: int) -> int:
        """Listen; gives back the port.

        :raises OSError: it cannot be had.
        """
        try:
            found = self._server.add_insecure_port(f"{host or '[::]'}:{port}")
        except RuntimeError as cause:
            raise OSError(str(cause)) from cause
        await self._server.start()
        return int(found)

    async def stop(self, seconds: float) -> None:
        """Take no more, and give what was accepted so many seconds."""
        await self._server.stop(seconds)

    def _handler(self, route: str, method: Method) -> Any:
        async def answer(messages: AsyncIterator[bytes], call: Any) -> bytes:
            return await self._answer(route, method, call)

        return grpc.stream_unary_rpc_method_handler(answer)

    async def _answer(self, route: str, method: Method, call: Any) -> bytes:
        service, account = self._service, Account()
        account.route = route
        task = asyncio.current_task()
        assert task is not None
        charge = service.bodies.charge(task)
        service.in_flight += 1
        refusal: Refused | None = None
        answer = b""
        try:
            deadline = account.started + min(service.settings.timeout_seconds, _patience(call))
            # Not by the iterator that a handler is given: it and the call hold each other, and the message, until
            # Python looks for such rings.
            raw = await service.bodies.whole(call.read, charge)
            if not isinstance(raw, bytes):  # the end
                raise Refused(400, "a call has one message")
            charge.add(len(raw))
            answer = await method(service, raw, deadline)
            account.status = 200
        except Refused as cause:
            refused(service, cause, account)
            refusal = cause.with_traceback(None)  # or it and this frame would hold each other, and the message
        except Exception as cause:  # noqa: BLE001  (a fault of ours ends one request, never the server)
            refusal = fault(service, cause, account)
        finally:  # and where the client has gone, which cancels this
            charge.release()
            service.in_flight -= 1
            close(service, "gRPC", account)
        if refusal is not None:
            code = _CODES.get(refusal.status, grpc.StatusCode.INVALID_ARGUMENT)
            await call.abort(code, refusal.what, _told(refusal))
        return answer


def _patience(call: Any) -> float:
    """Seconds until the client's own deadline."""
    left = call.time_remaining()
    return float("inf") if left is None else max(0.0, left)


def _told(refusal: Refused) -> tuple[tuple[str, str], ...]:
    """When to ask again, as gRPC's own retries read it."""
    waits = [int(value) * 1000 for name, value in refusal.headers if name == "Retry-After"]
    return tuple(("grpc-retry-pushback-ms", str(each)) for each in waits)
