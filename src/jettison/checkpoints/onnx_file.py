"""ONNX files read field by field: which node reads which stored tensor, and where that lies, without loading one.

Format: onnx/onnx, onnx.proto; the numbers below are those of its fields.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil, prod
from pathlib import Path

from jettison.errors import ModelUnreadable

from . import protobuf
from .protobuf import Damaged, Raw, encoded, fields
from .tensors import StoredTensor

_GRAPH, _INITIALIZER, _SPARSE = 7, 5, 15
_NUMBERS = (4, 5, 6, 7, 9, 10, 11)
"""Of TensorProto: its numbers, by type or as bytes."""
_SMALL_BYTES = 1024
SPARSE = "sparse"
"""Begins the type of a tensor that is stored by its numbers other than 0 and their places."""
_DTYPES = {
    **{1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string", 9: "bool"},
    **{10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 16: "bfloat16", 17: "float8e4m3fn", 21: "uint4"},
    22: "int4",
}
_WIDTHS: dict[str, float] = {
    **dict.fromkeys(("float64", "int64", "uint64"), 8),
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("int4", "uint4"), 0.5),
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """One operation."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(kw_only=True)
class OnnxFile:
    """What an ONNX file holds, graphs within graphs included."""

    path: Path
    tensors: list[StoredTensor] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    given_back: set[str] = field(default_factory=set)
    """Outputs of the graph and of the graphs within."""
    documentation_bytes: int = 0
    """Doc strings and metadata, which nothing computes with."""


def without_weights(path: Path) -> bytes:
    """The message of a file without the numbers of its initializers of more than 1 KB: what is left is the graph.

    :raises Damaged: it is no message, or cut off.
    """
    with mapped(path) as raw:
        return _rebuilt(raw, 0, len(raw), (_GRAPH, _INITIALIZER))


def onnx_file(path: Path) -> OnnxFile:
    """Look through a file.

    :raises ModelUnreadable: it is no ONNX file, or cut off.
    """
    found = OnnxFile(path=path)
    try:
        with mapped(path) as raw:
            _model(raw, found)
    except (Damaged, UnicodeDecodeError, RecursionError, OverflowError) as cause:
        raise _unreadable(path, str(cause)) from cause
    if not found.nodes:
        raise _unreadable(path, "it holds no graph")
    return found


@contextlib.contextmanager
def mapped(path: Path) -> Iterator[Raw]:
    """The bytes of a file, read when they are looked at."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            yield raw


def _rebuilt(raw: Raw, start: int, end: int, way: tuple[int, ...]) -> bytes:
    """A message in which fields are left out that the way leads to."""
    kept = bytearray()
    for each in fields(raw, start, end):
        if way and each.number == way[0] and each.value is None:
            inner = _rebuilt(raw, each.start, each.end, way[1:])
            kept += encoded(each.number << 3 | 2) + encoded(len(inner)) + inner
        elif way or each.number not in _NUMBERS or each.size_bytes <= _SMALL_BYTES:
            kept += raw[each.begin : each.end]
    return bytes(kept)


def _model(raw: Raw, found: OnnxFile) -> None:
    for each in fields(raw):
        if each.number == _GRAPH:
            _graph(raw, each, found)
        elif each.number in (6, 14):  # doc_string, metadata_props
            found.documentation_bytes += each.end - each.begin


def _graph(raw: Raw, graph: protobuf.Field, found: OnnxFile) -> None:
    for each in fields(raw, graph.start, graph.end):
        if each.number == 1:
            _node(raw, each, found)
        elif each.number == _INITIALIZER:
            found.tensors.append(_tensor(raw, each, found))
        elif each.number == _SPARSE:
            found.tensors.append(_sparse(raw, each))
        elif each.number == 12:
            found.given_back.add(next((_text(raw, f) for f in fields(raw, each.start, each.end) if f.number == 1), ""))
        elif each.number in (10, 16):
            found.documentation_bytes += each.end - each.begin


def _node(raw: Raw, node: protobuf.Field, found: OnnxFile) -> None:
    inputs: list[str] = []
    outputs: list[str] = []
    kind, held = "", []
    for each in fields(raw, node.start, node.end):
        if each.number == 1:
            inputs.append(_text(raw, each))
        elif each.number == 2:
            outputs.append(_text(raw, each))
        elif each.number == 4:
            kind = _text(raw, each)
        elif each.number == 5:
            held += _attribute(raw, each, found)
        elif each.number in (6, 9):
            found.documentation_bytes += each.end - each.begin
    found.nodes.append(Node(kind=kind, inputs=tuple(inputs), outputs=tuple(outputs)))
    for tensor in held:  # a constant is known by what the node gives
        name = outputs[0] if kind == "Constant" and outputs else f"{(outputs or [kind])[0]}'s own"
        found.given_back.update(() if kind == "Constant" else (name,))
        found.tensors.append(replace(tensor, name=name))


def _attribute(raw: Raw, attribute: protobuf.Field, found: OnnxFile) -> list[StoredTensor]:
    held = []
    for each in fields(raw, attribute.start, attribute.end):
        if each.number in (5, 10):
            held.append(_tensor(raw, each, found))
        elif each.number in (22, 23):
            held.append(_sparse(raw, each))
        elif each.number in (6, 11):
            _graph(raw, each, found)
        elif each.number == 13:
            found.documentation_bytes += each.end - each.begin
    return held


def _tensor(raw: Raw, tensor: protobuf.Field, found: OnnxFile) -> StoredTensor:
    shape: list[int] = []
    name, dtype, outside, start, size = "", 0, dict[str, str](), 0, 0
    for each in fields(raw, tensor.start, tensor.end):
        if each.number == 1:
            shape += [each.value] if each.value is not None else _numbers(raw, each)
        elif each.number == 2:
            dtype = each.value or 0
        elif each.number == 8:
            name = _text(raw, each)
        elif each.number in _NUMBERS:
            start = each.start if not size else start
            size += each.size_bytes
        elif each.number in (12, 16):
            found.documentation_bytes += each.end - each.begin
        elif each.number == 13:
            pair = {f.number: _text(raw, f) for f in fields(raw, each.start, each.end)}
            outside[pair.get(1, "")] = pair.get(2, "")
    kind = _DTYPES.get(dtype, f"type {dtype}")
    location = outside.get("location", "")
    if location:
        try:
            start = int(outside.get("offset") or 0)
            size = int(outside.get("length") or ceil(prod(shape) * _WIDTHS.get(kind, 1)))
        except ValueError as cause:
            raise Damaged(f"the place of {name} is no number") from cause
    if start < 0 or size < 0:
        raise Damaged(f"the place of {name} is negative")
    return StoredTensor(name=name, dtype=kind, shape=tuple(shape), location=location, start=start, size_bytes=size)


def _sparse(raw: Raw, tensor: protobuf.Field) -> StoredTensor:
    """A sparse tensor as one, numbers and their places together; it has its name from the numbers."""
    aside = OnnxFile(path=Path())  # the whole message is the tensor's, its doc strings too
    parts = {each.number: each for each in fields(raw, tensor.start, tensor.end)}
    numbers = _tensor(raw, parts[1], aside) if 1 in parts else None
    name, kind = (numbers.name, numbers.dtype) if numbers else ("", "unknown")
    return StoredTensor(name=name, dtype=f"{SPARSE} {kind}", shape=(), start=tensor.start, size_bytes=tensor.size_bytes)


def _numbers(raw: Raw, packed: protobuf.Field) -> list[int]:
    found, place = [], packed.start
    while place < packed.end:
        number, place = protobuf.varint(raw, place, packed.end)
        found.append(number)
    return found


def _text(raw: Raw, each: protobuf.Field) -> str:
    return bytes(raw[each.start : each.end]).decode("utf-8")


def _unreadable(path: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(
        f"{path.name} is truncated or no ONNX file: {why}", where=str(path), next_step="copy the file again, whole"
    )
