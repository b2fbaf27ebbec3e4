"""``/openapi.json``: what this server answers, with bounds as tight as the model's.

Built once a model is loaded: from its tensors, and from the fields of its task (`asking`), which also check requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from jettison_runtime import __version__

from .messages import EVENTS, JSON, OCTETS, Request, Response, json_response
from .routes import Route
from .tensor_schemas import answer_schema, body_schema, metadata_schema, probe_example

if TYPE_CHECKING:
    from .asking import Question
    from .asking.kinds import Schema
    from .service import Service

_MEANINGS = {
    "400": "Malformed: no JSON, or not of the protocol's form",
    "404": "No such model, version or path",
    "408": "The body did not arrive in time",
    "413": "The body is too large",
    "415": "The body has a type or an encoding that this path does not take",
    "422": "Well formed, but not for this model; the message says which field, and what is meant",
    "429": "Too many requests wait already: ask again after Retry-After seconds",
    "500": "A fault of the model or the server; the log has more under the number in the message",
    "503": "Not now: ask again after Retry-After seconds",
    "504": "The deadline has passed",
}
_ASKED = ("400", "404", "408", "413", "415", "422", "429", "500", "503", "504")


async def document(service: Service, request: Request) -> Response:
    """The document of the model that is served."""
    return json_response(service.document)


ROUTES = [Route(method="GET", path="/openapi.json", answer=document, summary="This document")]


def described(service: Service) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a service that has its model."""
    served, question = service.model(), service.question
    return {
        "openapi": "3.1.0",
        "info": {
            "title": served.name,
            "version": "1",
            "description": f"{served.task}, {served.form}, served by jettison-runtime {__version__}. The Open "
            "Inference Protocol (version 2) stands below /v2"
            + (f", and the same model in friendly JSON at {question.path}." if question else "."),
        },
        "servers": [{"url": "/"}],
        "paths": {
            **(_friendly(question) if question else {}),
            **dict(_protocol(service)),
            "/metrics": {"get": _given("Counters for Prometheus", {"type": "string"}, media="text/plain")},
            "/openapi.json": {"get": _given("This document", {"type": "object"}, "503")},
            "/": {"get": _given("A page to try the model by hand", {"type": "string"}, "503", media="text/html")},
        },
        "components": {"schemas": {"Error": _ERROR}, "responses": _responses()},
    }


_ERROR: Schema = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What is wrong, and what is meant"}},
    "required": ["error"],
    "additionalProperties": False,
}
_TIMEOUT: Schema = {
    "name": "X-Timeout-Ms",
    "in": "header",
    "description": "Milliseconds after which nobody waits for the answer any more",
    "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999},
}


def _responses() -> dict[str, Any]:
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    later = {"Retry-After": {"description": "Seconds", "schema": {"type": "integer", "minimum": 1}}}
    return {
        status: {"description": meaning, "content": body, **({"headers": later} if status in ("429", "503") else {})}
        for status, meaning in _MEANINGS.items()
    }


def _given(summary: str, schema: Schema, *refusals: str, media: str = JSON, **rest: Any) -> dict[str, Any]:
    """An operation: its answer, and how it refuses."""
    answer = {"description": summary, "content": {media: {"schema": schema}}}
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in refusals}
    return {"summary": summary, "responses": {"200": answer, **refused}, **rest}


def _friendly(question: Question) -> dict[str, Any]:
    fields, example = question.fields.schema(), question.asking.example(question.model)
    many = {"type": "array", "items": question.asking.answer_schema(question.model, question.bounds)}
    answer: Schema = {
        "type": "object",
        "properties": {"answers": many},
        "required": ["answers"],
        "additionalProperties": False,
    }
    content: dict[str, Any] = {JSON: {"schema": fields, "example": example}}
    parameters = [_TIMEOUT]
    if question.media:
        content |= {media: {"schema": {"type": "string", "format": "binary"}} for media in question.media}
        parameters += [
            {
                "name": one.name,
                "in": "query",
                "description": f"{one.meaning} (with a file as the body)",
                "schema": one.schema(),
            }
            for one in question.fields.each
            if not one.needed
        ]
    operation = _given(
        question.asking.SUMMARY,
        answer,
        *_ASKED,
        parameters=parameters,
        requestBody={"required": True, "content": content},
        operationId=question.asking.VERB,
    )
    if question.streams:
        operation["responses"]["200"]["content"][EVENTS] = {
            # No schema: OpenAPI 3.1 has none for single events, and readers of 3.2 take one of the whole for theirs.
            "example": 'data: {"piece": "Hel"}\n\ndata: {"piece": "lo"}\n\ndata: {"answers": ["Hello"]}\n\n',
        }
    return {question.path: {"post": operation}}


def _protocol(service: Service) -> Iterator[tuple[str, dict[str, Any]]]:
    """The paths of the Open Inference Protocol."""
    served = service.model()
    name = {"name": "model", "in": "path", "required": True, "schema": {"type": "string", "enum": [served.name]}}
    version = {"name": "version", "in": "path", "required": True, "schema": {"type": "string", "enum": ["1"]}}
    extensions = {"type": "array", "items": {"type": "string"}}
    server = {"name": {"const": "jettison"}, "version": {"type": "string"}, "extensions": extensions}
    yield "/v2", {"get": _given("What this server is", _object(server))}
    yield "/v2/health/live", {"get": _given("The process answers", _object({"live": {"const": True}}))}
    yield "/v2/health/ready", {"get": _readiness("The model would answer now")}
    body = {
        JSON: {"schema": body_schema(service), **_example(probe_example(served))},
        OCTETS: {
            "schema": {
                "type": "string",
                "format": "binary",
                "description": "JSON with binary_data_size in the parameters of inputs, then their bytes; the header "
                "Inference-Header-Content-Length says how many bytes are JSON",
            }
        },
    }
    for path, where in (("/v2/models/{model}", [name]), ("/v2/models/{model}/versions/{version}", [name, version])):
        yield path, {"get": _given("The model's tensors", metadata_schema(served), "404", "503", parameters=where)}
        yield f"{path}/ready", {"get": _readiness("The model would answer now", "404", parameters=where)}
        operation = _given(
            "Tensors in, tensors out",
            answer_schema(served),
            *_ASKED,
            parameters=[*where, _TIMEOUT],
            requestBody={"required": True, "content": body},
        )
        operation["responses"]["200"]["content"][OCTETS] = {"schema": {"type": "string", "format": "binary"}}
        yield f"{path}/infer", {"post": operation}


def _readiness(summary: str, *refusals: str, **rest: Any) -> dict[str, Any]:
    operation = _given(summary, _object({"ready": {"const": True}}), *refusals, **rest)
    why = {
        "type": "object",
        "properties": {"ready": {"const": False}, "why": {"type": "string"}, "error": {"type": "string"}},
    }
    operation["responses"]["503"] = {"description": "It would not", "content": {JSON: {"schema": why}}}
    return operation


def _object(properties: dict[str, Any]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _example(found: Any) -> dict[str, Any]:
    return {} if found is None else {"example": found}
