"""Tensors of one model as JSON Schema: names, types and shapes are its own, counts follow from the shapes."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import tensors

if TYPE_CHECKING:
    from jettison_runtime.tensor_model import TensorSpec

    from .asking.kinds import Schema
    from .served import Served
    from .service import Service

_FREE = 1 << 20
"""How large a size may be that neither the model nor the server bounds."""
_EXAMPLE = 4096
"""Numbers of an example at most."""


def body_schema(service: Service) -> Schema:
    """A request for inference, as JSON alone."""
    served = service.model()
    inputs = [_input(each, service) for each in served.inputs]
    count = len(inputs)
    output: Schema = {
        "type": "object",
        "properties": {
            "name": {"enum": [each.name for each in served.outputs]},
            "parameters": {"type": ["object", "null"], "properties": {"binary_data": {"type": "boolean"}}},
        },
        "required": ["name"],
    }
    options = {} if service.question is None else service.question.fields.by_name
    parameters = {name: options[name].kind.schema() for name in served.options if name in options}
    return {
        "type": "object",
        "properties": {
            "id": {"type": ["string", "null"], "description": "Comes back with the answer"},
            "inputs": {
                "type": "array",
                "items": inputs[0] if count == 1 else {"anyOf": inputs},
                "minItems": count,
                "maxItems": count,
            },
            "outputs": {
                "type": ["array", "null"],
                "items": output,
                "description": "Those that are wanted; all when left out",
            },
            "parameters": {
                "type": ["object", "null"],
                "properties": {**parameters, "binary_data_output": {"type": "boolean"}},
            },
        },
        "required": ["inputs"],
    }


def answer_schema(served: Served) -> Schema:
    """The answer, as JSON alone."""
    outputs = [_output(each, counted="top_k" not in each.shape) for each in served.outputs]
    return {
        "type": "object",
        "properties": {
            "model_name": {"const": served.name},
            "model_version": {"const": "1"},
            "id": {"type": "string"},
            "outputs": {"type": "array", "items": {"anyOf": outputs}},
        },
        "required": ["model_name", "model_version", "outputs"],
        "additionalProperties": False,
    }


def metadata_schema(served: Served) -> Schema:
    """What the protocol says of a model."""
    tensor: Schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "datatype": {"enum": sorted(tensors.DATATYPES.values())},
            "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}},
        },
        "required": ["name", "datatype", "shape"],
    }
    properties: Schema = {
        "name": {"const": served.name},
        "versions": {"const": ["1"]},
        "platform": {"type": "string"},
        "inputs": {"type": "array", "items": tensor, "minItems": len(served.inputs), "maxItems": len(served.inputs)},
        "outputs": {"type": "array", "items": tensor, "minItems": len(served.outputs), "maxItems": len(served.outputs)},
        "parameters": {"type": "object"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def probe_example(served: Served) -> dict[str, Any] | None:
    """The question of warm-up as a request; None for one that is too long to be read."""
    probe = served.probe(0)
    if sum(each.size for each in probe.values()) > _EXAMPLE:
        return None
    return {
        "inputs": [
            {
                "name": each.name,
                "datatype": tensors.DATATYPES[each.dtype],
                "shape": list(probe[each.name].shape),
                "data": [_plain(value) for value in probe[each.name].reshape(-1).tolist()],
            }
            for each in served.inputs
        ]
    }


def _plain(value: Any) -> Any:
    """A value as JSON has it: files in base64, numbers short enough to be read."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return round(value, 4) if isinstance(value, float) else value


def _input(spec: TensorSpec, service: Service) -> Schema:
    most = [_most(size, place, service) for place, size in enumerate(spec.shape)]
    sizes = [
        {"type": "integer", "minimum": 1, "maximum": largest} if isinstance(size, str) else {"const": size}
        for size, largest in zip(spec.shape, most, strict=True)
    ]
    fixed = [size for size in spec.shape if not isinstance(size, str)]
    # A value takes two bytes of a body at least, with its comma.
    largest = min(math.prod(most), service.settings.max_body_bytes // 2)
    return {
        "type": "object",
        "properties": {
            "name": {"const": spec.name},
            "datatype": {"const": tensors.DATATYPES[spec.dtype]},
            "shape": {
                "type": "array",
                "prefixItems": sizes,
                "items": False,
                "minItems": len(sizes),
                "maxItems": len(sizes),
            },
            "data": {
                "type": "array",
                "items": _value(spec, service),
                "minItems": math.prod(fixed),
                "maxItems": largest,
                "description": "Flat, as many as the sizes of the shape multiplied; or nested as the shape",
            },
        },
        "required": ["name", "datatype", "shape", "data"],
    }


def _most(size: int | str, place: int, service: Service) -> int:
    if not isinstance(size, str):
        return size
    return service.settings.max_rows if place == 0 else _FREE


def _value(spec: TensorSpec, service: Service) -> Schema:
    dtype = np.dtype(spec.dtype)
    if dtype.kind == "b":
        return {"type": "boolean"}
    if dtype.kind == "O":
        question = service.question
        return question.element(spec.name).schema() if question else {"type": "string"}
    if dtype.kind == "f":
        largest = float(np.finfo(dtype).max)
        return {"type": "number", "minimum": -largest, "maximum": largest}
    bounds = np.iinfo(dtype)
    return {"type": "integer", "minimum": int(bounds.min), "maximum": int(bounds.max)}


def _output(spec: TensorSpec, *, counted: bool) -> Schema:
    fixed = [1 if isinstance(size, str) else size for size in spec.shape]
    kinds = {"b": "boolean", "O": "string", "f": "number"}
    parameters = {"type": "object", "properties": {"binary_data_size": {"type": "integer", "minimum": 0}}}
    return {
        "type": "object",
        "properties": {
            "name": {"const": spec.name},
            "datatype": {"const": tensors.DATATYPES[spec.dtype]},
            "shape": {
                "type": "array",
                "items": {"type": "integer", "minimum": 0},
                "minItems": len(spec.shape),
                "maxItems": len(spec.shape),
            },
            "data": {
                "type": "array",
                "items": {"type": kinds.get(np.dtype(spec.dtype).kind, "integer")},
                "minItems": math.prod(fixed) if counted else 1,
            },
            "parameters": parameters,
        },
        "required": ["name", "datatype", "shape"],
    }
