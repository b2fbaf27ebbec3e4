"""The protocol's methods and the health check of platforms: the bytes of a message in, those of its answer out."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from jettison_runtime import __version__

from .. import open_inference, tensors
from ..asked import understood
from ..service import Service
from ..wire import count
from . import messages

Method = Callable[[Service, bytes, float], Awaitable[bytes]]
"""Given the service, the request's message, and its deadline by the clock of `time.monotonic`; raises `Refused`."""

SERVING, NOT_SERVING = 1, 2


async def server_live(service: Service, raw: bytes, deadline: float) -> bytes:
    """The process answers; says nothing of the model."""
    return messages.truth(True)


async def server_ready(service: Service, raw: bytes, deadline: float) -> bytes:
    """The model would answer now."""
    return messages.truth(not service.why_not_ready)


async def model_ready(service: Service, raw: bytes, deadline: float) -> bytes:
    """As `server_ready`, of the one model."""
    name, version = messages.model_request(raw)
    if service.served is None:
        return messages.truth(False)
    open_inference.named(service, name, version or open_inference.VERSION)
    return messages.truth(not service.why_not_ready)


async def server_metadata(service: Service, raw: bytes, deadline: float) -> bytes:
    """What this server is."""
    return messages.server_metadata(open_inference.NAME, __version__, [])


async def model_metadata(service: Service, raw: bytes, deadline: float) -> bytes:
    """The model's tensors."""
    name, version = messages.model_request(raw)
    served = open_inference.named(service, name, version or open_inference.VERSION)
    return messages.model_metadata(
        served.name,
        [open_inference.VERSION],
        open_inference.platform(served),
        tensors.described(served.inputs),
        tensors.described(served.outputs),
    )


async def model_infer(service: Service, raw: bytes, deadline: float) -> bytes:
    """Tensors in, tensors out."""
    arrived = time.monotonic()
    request = messages.infer_request(raw)
    served = open_inference.named(service, request.model, request.version or open_inference.VERSION)
    asked = understood(service, request.head, request.rest)
    answer = await open_inference.computed(service, asked, arrived=arrived, deadline=deadline)
    arrays = {name: answer[name] for name, _ in asked.outputs}
    outputs = [
        {"name": name, "datatype": tensors.BY_DTYPE[array.dtype], "shape": array.shape}
        for name, array in arrays.items()
    ]
    values = [tensors.to_bytes(array) for array in arrays.values()]
    return messages.infer_response(served.name, open_inference.VERSION, asked.number or "", outputs, values)


async def health(service: Service, raw: bytes, deadline: float) -> bytes:
    """grpc.health.v1: as `server_ready`, whatever service is named, for platforms that probe with it."""
    return count(1, NOT_SERVING if service.why_not_ready else SERVING)


METHODS: dict[str, dict[str, Method]] = {
    "inference.GRPCInferenceService": {
        "ServerLive": server_live,
        "ServerReady": server_ready,
        "ModelReady": model_ready,
        "ServerMetadata": server_metadata,
        "ModelMetadata": model_metadata,
        "ModelInfer": model_infer,
    },
    "grpc.health.v1.Health": {"Check": health},
}
"""By service and name; each is one message for one message."""
OF_A_MESSAGE = (model_ready, model_metadata, model_infer)
"""Those for which it matters what the message says."""
