"""The messages of the protocol, to what `open_inference` reads and from what the model answers.

Source: KServe, "Open Inference Protocol (V2)", gRPC. A request becomes the JSON head and the bytes behind it that the
same request has over HTTP, so that both are checked by the same lines; texts and floats of a tensor stay bytes.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..messages import Refused
from ..wire import BYTES, VARINT, count, fields, part, varint

Tensor = Mapping[str, Any]
"""Name, datatype and shape, as `tensors.described` gives them."""
_Fields = Iterator[tuple[int, int, Any]]
_Input = tuple[dict[str, Any], list[Any] | bytes | memoryview]
"""Name, datatype and shape, and the values: numbers, or bytes as a tensor has them behind the JSON."""
_MOST_FIELDS = 50_000
"""Of one request: as many take some 30 ms to read."""
_MOST_TENSORS = 1000
"""Of one request."""
_MOST_PACKED = 400_000
"""Bytes of whole numbers in a request, sizes of shapes among them: each may become a Python number of 32."""
_LONGEST_TEXT = 10_000
"""Bytes of a name, an id, or a parameter."""
_WHOLE = {
    "BOOL": 1,
    **dict.fromkeys(("INT8", "INT16", "INT32"), 2),
    "INT64": 3,
    **dict.fromkeys(("UINT8", "UINT16", "UINT32"), 4),
    "UINT64": 5,
}
_TEXTS = 8
_CONTENTS = {**_WHOLE, "FP32": 6, "FP64": 7, "BYTES": _TEXTS}
"""Which field of InferTensorContents holds the values of a datatype; FP16 has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InferRequest:
    """A ModelInferRequest."""

    model: str
    version: str
    head: dict[str, Any]
    """As the JSON of the same request over HTTP."""
    rest: memoryview
    """The bytes behind it."""


def infer_request(raw: bytes) -> InferRequest:
    """A request for inference.

    :raises Refused: 400 for what is no such message, 413 for one of too many fields.
    """
    try:
        return _infer_request(_Reader(), memoryview(raw))
    except ValueError as cause:
        raise Refused(400, f"this is no ModelInferRequest: {cause}") from cause


def model_request(raw: bytes) -> tuple[str, str]:
    """Name and version of a ModelReadyRequest or a ModelMetadataRequest; empty where there is none.

    :raises Refused: 400 for what is no such message.
    """
    found = {1: "", 2: ""}
    try:
        for number, kind, value in _Reader().fields(memoryview(raw)):
            if number in found and kind == BYTES:
                found[number] = _text(value)
    except ValueError as cause:
        raise Refused(400, f"this is no request about a model: {cause}") from cause
    return found[1], found[2]


def truth(value: bool) -> bytes:
    """ServerLiveResponse, ServerReadyResponse, ModelReadyResponse."""
    return count(1, 1) if value else b""


def server_metadata(name: str, version: str, extensions: Sequence[str]) -> bytes:
    """ServerMetadataResponse."""
    return part(1, name.encode()) + part(2, version.encode()) + b"".join(part(3, each.encode()) for each in extensions)


def model_metadata(
    name: str, versions: Sequence[str], platform: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> bytes:
    """ModelMetadataResponse."""
    found = [part(1, name.encode()), *(part(2, each.encode()) for each in versions), part(3, platform.encode())]
    found += [part(4, _described(each)) for each in inputs]
    found += [part(5, _described(each)) for each in outputs]
    return b"".join(found)


def infer_response(model: str, version: str, number: str, outputs: Sequence[Tensor], values: Sequence[bytes]) -> bytes:
    """ModelInferResponse, with the values in raw_output_contents."""
    found = [part(1, model.encode()), part(2, version.encode())]
    if number:
        found.append(part(3, number.encode()))
    found += [part(5, _described(each)) for each in outputs]
    found += [part(6, each) for each in values]
    return b"".join(found)


class _Reader:
    """Reads one request; how many fields it has is counted over all of its messages."""

    def __init__(self) -> None:
        self._left = _MOST_FIELDS
        self._packed_left = _MOST_PACKED

    def fields(self, raw: memoryview) -> _Fields:
        """Those of one message.

        :raises Refused: 413, when they are too many.
        """
        for each in fields(raw):
            self._left -= 1
            if self._left < 0:
                raise Refused(413, f"a request has at most {_MOST_FIELDS:,} fields: send raw_input_contents")
            yield each

    def parameter(self, raw: memoryview) -> tuple[str, Any]:
        """An entry of a map of InferParameter."""
        name, found = "", None
        for number, kind, value in self.fields(raw):
            if (number, kind) == (1, BYTES):
                name = _text(value)
            elif (number, kind) == (2, BYTES):
                found = self._choice(value)
        return name, found

    def _choice(self, raw: memoryview) -> Any:
        found: Any = None
        for number, kind, value in self.fields(raw):
            match number, kind:
                case 1, 0:
                    found = bool(value)
                case 2, 0:
                    found = _signed(value)
                case 3, 2:
                    found = _text(value)
                case 4, 1:
                    (found,) = struct.unpack("<d", value)
                case 5, 0:
                    found = value
        return found

    def output(self, raw: memoryview) -> dict[str, Any]:
        """An InferRequestedOutputTensor."""
        name = ""
        for number, kind, value in self.fields(raw):
            if (number, kind) == (1, BYTES):
                name = _text(value)
        return {"name": name}

    def input(self, raw: memoryview) -> _Input:
        """An InferInputTensor."""
        found: dict[str, Any] = {"name": "", "datatype": "", "shape": []}
        contents: list[memoryview] = []
        for number, kind, value in self.fields(raw):
            if number in (1, 2) and kind == BYTES:
                found["name" if number == 1 else "datatype"] = _text(value)
            elif number == 3:
                found["shape"] += self._whole(kind, value, signed=True)
            elif (number, kind) == (5, BYTES):
                contents.append(value)  # of several the fields come one after the other, as if they were one
        return found, self._contents(contents, found["name"], found["datatype"]) if contents else []

    def _contents(self, parts: Sequence[memoryview], name: str, datatype: str) -> list[Any] | bytes:
        """An InferTensorContents."""
        whole: list[Any] = []
        pieces: list[bytes | memoryview] = []
        for number, kind, value in itertools.chain.from_iterable(map(self.fields, parts)):
            if number != _CONTENTS.get(datatype):
                raise Refused(400, f"{name}: that is no place for values of {datatype}; raw_input_contents takes all")
            if number == _TEXTS and kind == BYTES:
                pieces += (struct.pack("<I", len(value)), value)
            elif datatype in _WHOLE:
                whole += self._whole(kind, value, signed=not datatype.startswith("U"))
            elif kind != VARINT:  # floats: packed or not, they are their own bytes
                pieces.append(value)
        if datatype == "BOOL":
            return list(map(bool, whole))
        return whole if datatype in _WHOLE else b"".join(pieces)

    def _whole(self, kind: int, value: Any, *, signed: bool) -> list[int]:
        """Whole numbers, packed or one alone."""
        if kind == VARINT:
            return [_signed(value) if signed else value]
        if kind != BYTES:
            raise ValueError("a whole number is meant")
        self._packed_left -= len(value)
        if self._packed_left < 0:
            raise Refused(413, f"over {_MOST_PACKED:,} bytes of whole numbers: they belong into raw_input_contents")
        return _unpacked(value, signed=signed)


def _infer_request(reader: _Reader, raw: memoryview) -> InferRequest:
    texts = {1: "", 2: "", 3: ""}
    parameters: dict[str, Any] = {}
    inputs: list[_Input] = []
    outputs: list[dict[str, Any]] = []
    contents: list[memoryview] = []
    for number, kind, value in reader.fields(raw):
        if kind != BYTES:
            continue
        if number in texts:
            texts[number] = _text(value)
        elif number == 4:
            parameters.update([reader.parameter(value)])
        elif number == 5:
            inputs.append(reader.input(value))
        elif number == 6:
            outputs.append(reader.output(value))
        elif number == 7:
            contents.append(value)
        if max(len(inputs), len(outputs), len(contents)) > _MOST_TENSORS:
            raise Refused(413, f"a request has at most {_MOST_TENSORS:,} tensors")
    if contents:
        inputs = _filled(inputs, contents)
    pieces = [values for _, values in inputs if not isinstance(values, list)]
    # Answers are bytes whatever the request holds, as Triton's.
    head = {"outputs": outputs, "parameters": {**parameters, "binary_data_output": True}}
    head["inputs"] = [_as_json(found, values) for found, values in inputs]
    if texts[3]:
        head["id"] = texts[3]
    rest = memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))
    return InferRequest(model=texts[1], version=texts[2], head=head, rest=rest)


def _filled(inputs: list[_Input], contents: list[memoryview]) -> list[_Input]:
    """The inputs with their values, which stand behind all of them."""
    if len(contents) != len(inputs) or any(len(values) for _, values in inputs):
        raise Refused(400, "raw_input_contents has the values of every input, and then no input has contents")
    return [(found, raw) for (found, _), raw in zip(inputs, contents, strict=True)]


def _as_json(found: dict[str, Any], values: list[Any] | bytes | memoryview) -> dict[str, Any]:
    if isinstance(values, list):
        return {**found, "data": values}
    return {**found, "parameters": {"binary_data_size": len(values)}}


def _unpacked(raw: memoryview, *, signed: bool) -> list[int]:
    """Numbers of 7 bits a byte, the lowest first; the last byte of each is below 128."""
    each = np.frombuffer(raw, np.uint8)
    ends = np.flatnonzero(each < 0x80)
    if not len(each):
        return []
    if not len(ends) or ends[-1] != len(each) - 1:
        raise ValueError("the last number is cut short")
    starts = np.concatenate(([0], ends[:-1] + 1))
    places = np.arange(len(each)) - np.repeat(starts, ends - starts + 1)
    if places.max() > 9:
        raise ValueError("a number has no end")
    moved = (each & 0x7F).astype(np.uint64) << (7 * places).astype(np.uint64)
    found = np.add.reduceat(moved, starts)
    numbers: list[int] = (found.view(np.int64) if signed else found).tolist()
    return numbers


def _signed(value: int) -> int:
    """As 64 bits with a sign."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def _text(raw: memoryview) -> str:
    """A text of the protocol's own.

    :raises ValueError: it is no UTF-8.
    :raises Refused: 413 for one that is no name.
    """
    if len(raw) > _LONGEST_TEXT:
        raise Refused(413, f"a name, an id or a parameter has at most {_LONGEST_TEXT:,} bytes")
    return str(raw, "utf-8")


def _described(tensor: Tensor) -> bytes:
    shape = b"".join(varint(size & (1 << 64) - 1) for size in tensor["shape"])
    return part(1, tensor["name"].encode()) + part(2, tensor["datatype"].encode()) + part(3, shape)
