"""The Open Inference Protocol, version 2: metadata, health, and inference with tensors as JSON or as bytes.

Source: KServe, "Open Inference Protocol (V2)"; Triton's extensions for binary tensor data and for parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jettison_runtime import __version__

from . import tensors
from .asked import Asked, understood
from .messages import JSON, OCTETS, Refused, Request, Response, is_number, json_response, parsed
from .routes import Route

if TYPE_CHECKING:
    from .served import Served
    from .service import Service
    from .tasks import Feed

_EXTENSIONS = ["binary_tensor_data"]
_HEADER_LENGTH = "inference-header-content-length"
NAME, VERSION = "jettison", "1"


async def server(service: Service, request: Request) -> Response:
    """What this server is."""
    return json_response({"name": NAME, "version": __version__, "extensions": _EXTENSIONS})


async def live(service: Service, request: Request) -> Response:
    """The process answers; says nothing of the model."""
    return json_response({"live": True})


async def ready(service: Service, request: Request) -> Response:
    """The model would answer now; 503 while it loads, drains, or hangs."""
    why = service.why_not_ready
    return json_response({"ready": not why, **({"why": why} if why else {})}, status=503 if why else 200)


async def model_ready(service: Service, request: Request) -> Response:
    """As `ready`, of the one model."""
    _model(service, request)
    return await ready(service, request)


async def model(service: Service, request: Request) -> Response:
    """The model's tensors."""
    served = _model(service, request)
    return json_response(
        {
            "name": served.name,
            "versions": [VERSION],
            "platform": platform(served),
            "inputs": tensors.described(served.inputs),
            "outputs": tensors.described(served.outputs),
            "parameters": {"task": served.task, "digest": served.digest, "options": list(served.options)},
        }
    )


async def infer(service: Service, request: Request) -> Response:
    """Tensors in, tensors out."""
    served = _model(service, request)
    asked = understood(service, *_split(request))
    answer = await computed(service, asked, arrived=request.arrived, deadline=request.deadline)
    return _answered(served, asked, answer)


def platform(served: Served) -> str:
    """As the protocol's metadata calls what a model is made for."""
    return f"{NAME}_{served.form}"


async def computed(service: Service, asked: Asked, *, arrived: float, deadline: float) -> Feed:
    """The model's answer; times are by the clock of `time.monotonic`.

    :raises Refused: see `Inference.answer`.
    """
    latest = min(deadline, arrived + asked.patience_seconds)
    work = service.model().work(asked.feed, asked.options, deadline=latest)
    answer: Feed = await service.inference.answer(work, deadline=latest)
    return answer


def named(service: Service, name: str, version: str) -> Served:
    """The model.

    :raises Refused: 404, if that is not its name or its version; 503 while it is being loaded.
    """
    served = service.model()
    if name != served.name:
        raise Refused(404, f"there is no such model; this server has {served.name}")
    if version != VERSION:
        raise Refused(404, f"there is no such version; this server has {VERSION}")
    return served


def _model(service: Service, request: Request) -> Served:
    return named(service, request.parts["model"], request.parts.get("version", VERSION))


def _split(request: Request) -> tuple[Any, memoryview]:
    """The JSON of a request, and the bytes behind it."""
    length = request.header(_HEADER_LENGTH)
    if length is None:
        return request.json(), memoryview(b"")
    if not is_number(length) or int(length) > len(request.body):
        raise Refused(400, "Inference-Header-Content-Length is how many bytes of the body are JSON")
    body = memoryview(request.body)
    return parsed(body[: int(length)]), body[int(length) :]


def _answered(served: Served, asked: Asked, answer: Feed) -> Response:
    outputs = []
    parts = []
    for name, as_bytes in asked.outputs:
        array = answer[name]
        output: dict[str, Any] = {
            "name": name,
            "datatype": tensors.BY_DTYPE[array.dtype],
            "shape": list(array.shape),
        }
        if as_bytes:
            raw = tensors.to_bytes(array)
            output["parameters"] = {"binary_data_size": len(raw)}
            parts.append(raw)
        else:
            output["data"] = tensors.to_json(array, name=name)
        outputs.append(output)
    value: dict[str, Any] = {"model_name": served.name, "model_version": VERSION, "outputs": outputs}
    if asked.number is not None:
        value["id"] = asked.number
    response = json_response(value)
    if not parts:
        return response
    length = str(len(response.body))
    return Response(
        body=b"".join((response.body, *parts)),
        media=OCTETS,
        headers=(("Inference-Header-Content-Length", length),),
    )


_MEDIA = (JSON, OCTETS)
ROUTES = [
    Route(method="GET", path="/v2", answer=server, summary="What this server is"),
    Route(method="GET", path="/v2/health/live", answer=live, summary="The process answers"),
    Route(method="GET", path="/v2/health/ready", answer=ready, summary="The model would answer now"),
    *(
        Route(method=method, path=f"/v2/models/{{model}}{version}{end}", answer=answer, summary=summary, media=media)
        for version in ("", "/versions/{version}")
        for method, end, answer, summary, media in (
            ("GET", "", model, "The model's tensors", ()),
            ("GET", "/ready", model_ready, "The model would answer now", ()),
            ("POST", "/infer", infer, "Tensors in, tensors out", _MEDIA),
        )
    ),
]
