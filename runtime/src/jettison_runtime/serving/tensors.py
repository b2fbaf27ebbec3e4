"""Tensors of the Open Inference Protocol, as JSON and as bytes, to numpy and back.

Source: KServe, "Open Inference Protocol (V2)", with its binary tensor data extension (Triton). A number is never bent
into shape: a bool is no number, a float no integer, and what does not fit a type is refused.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .messages import Refused

DTYPES = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "UINT16": "uint16",
    "UINT32": "uint32",
    "UINT64": "uint64",
    "INT8": "int8",
    "INT16": "int16",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
    "BYTES": "object",
}
"""The protocol's names for numpy's."""
DATATYPES = {dtype: datatype for datatype, dtype in DTYPES.items()}
BY_DTYPE = {np.dtype(dtype): datatype for datatype, dtype in DTYPES.items()}
_KINDS = {dtype: np.dtype(dtype).kind for dtype in DTYPES.values()}
_IN_JSON: dict[str, frozenset[type]] = {
    "b": frozenset({bool}),
    "i": frozenset({int}),
    "u": frozenset({int}),
    "f": frozenset({int, float}),
    "O": frozenset({str}),
}
"""What each kind of numpy's types may be in JSON."""
_WHOLE = frozenset({int})


def from_json(data: Any, shape: Sequence[int], dtype: str, *, name: str) -> NDArray[Any]:
    """An array of JSON's numbers or strings, flat or nested as its shape.

    :raises Refused: 400 for something that is no list; 422 for another count, or values that are not of the type.
    """
    if type(data) is not list:
        raise Refused(400, f"{name}: data is a list")
    flat = _flat(data, shape, name)
    count = math.prod(shape)
    if len(flat) != count:
        raise Refused(422, f"{name}: the shape {list(shape)} has {count} values, and data has {len(flat)}")
    kind = _KINDS[dtype]
    if not (found := set(map(type, flat))) <= _IN_JSON[kind]:
        wrong = ", ".join(sorted(each.__name__ for each in found - _IN_JSON[kind]))
        raise Refused(422, f"{name}: {DATATYPES[dtype]} holds no {wrong}")
    if kind in "iu" and flat:  # numpy before 2 bends such numbers into shape
        span = np.iinfo(dtype)
        if min(flat) < span.min or max(flat) > span.max:
            raise Refused(422, f"{name}: a number is outside of {DATATYPES[dtype]}")
    try:
        array = np.array(flat, dtype)
    except OverflowError as cause:
        raise Refused(422, f"{name}: a number is outside of {DATATYPES[dtype]}") from cause
    if kind == "f" and not _finite(array):
        raise Refused(422, f"{name}: a number is outside of {DATATYPES[dtype]}")
    return array.reshape(shape)


def _flat(data: list[Any], shape: Sequence[int], name: str) -> list[Any]:
    level = 0
    while data and type(data[0]) is list:
        if level >= len(shape) - 1 or any(type(each) is not list or len(each) != shape[level + 1] for each in data):
            raise Refused(422, f"{name}: data is flat, or nested as the shape {list(shape)}")
        data = list(chain.from_iterable(data))
        level += 1
    return data


def from_bytes(raw: memoryview, shape: Sequence[int], dtype: str, *, name: str, nonfinite: bool) -> NDArray[Any]:
    """An array of little-endian bytes; of BYTES, each element after its length in 4 bytes.

    :param nonfinite: let NaN and infinities through.
    :raises Refused: 422 for another count of bytes, or numbers that are none.
    """
    count = math.prod(shape)
    if dtype == "object":
        return _strings(raw, count, name).reshape(shape)
    size = np.dtype(dtype).itemsize
    if len(raw) != count * size:
        raise Refused(422, f"{name}: {DATATYPES[dtype]} {list(shape)} has {count * size} bytes, and {len(raw)} came")
    array = np.frombuffer(raw, np.dtype(dtype).newbyteorder("<")).reshape(shape)
    kind = array.dtype.kind
    if kind == "f" and not nonfinite and not _finite(array):
        raise Refused(422, f"{name}: it holds NaN or an infinity, which this server does not take")
    if kind == "b" and raw and max(raw) > 1:
        raise Refused(422, f"{name}: a byte of BOOL is 0 or 1")
    return array


def _strings(raw: memoryview, count: int, name: str) -> NDArray[Any]:
    found: list[bytes] = []
    place, end = 0, len(raw)
    while place < end and len(found) < count:
        if end - place < 4:
            break
        (length,) = struct.unpack_from("<I", raw, place)
        place += 4
        if length > end - place:
            raise Refused(422, f"{name}: an element of {length} bytes does not fit into what came")
        found.append(bytes(raw[place : place + length]))
        place += length
    if len(found) != count or place != end:
        raise Refused(422, f"{name}: {count} elements were announced, and other ones came")
    array = np.empty(count, object)
    array[:] = found
    return array


def to_bytes(array: NDArray[Any]) -> bytes:
    """As `from_bytes` reads them."""
    if array.dtype == object:
        return b"".join(struct.pack("<I", len(raw)) + raw for raw in map(_raw, array.reshape(-1).tolist()))
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def to_json(array: NDArray[Any], *, name: str) -> Any:
    """Flat values for orjson.

    :raises Refused: 422 for numbers that JSON does not have.
    """
    if array.dtype == object:
        return [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in array.reshape(-1)]
    if array.dtype.kind == "f" and not _finite(array):
        raise Refused(422, f"{name} holds NaN or an infinity, which JSON has no word for: ask for binary data")
    return np.ascontiguousarray(array).reshape(-1)


def _finite(array: NDArray[Any]) -> bool:
    """Whether it holds neither NaN nor an infinity."""
    # The sum of squares is NaN or infinite with one of them; without, it may still overflow: then each is looked at.
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def _raw(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def shape_of(given: Any, *, name: str) -> tuple[int, ...]:
    """A shape as JSON has it.

    :raises Refused: 400 for something that is no list of whole numbers, 422 for sizes below 1 or past all bounds.
    """
    if type(given) is not list or not set(map(type, given)) <= _WHOLE:
        raise Refused(400, f"{name}: shape is a list of whole numbers")
    if len(given) > 32 or (given and min(given) < 1) or math.prod(given) > 1 << 40:
        raise Refused(422, f"{name}: every size of a shape is at least 1")
    return tuple(given)


def fits(shape: Sequence[int], wanted: Sequence[int | str], sizes: dict[str, int]) -> bool:
    """Whether a shape is one that an input takes; sizes with a name have to agree among a request's inputs."""
    if len(shape) != len(wanted):
        return False
    for size, wish in zip(shape, wanted, strict=True):
        if size != (sizes.setdefault(wish, size) if isinstance(wish, str) else wish):
            return False
    return True


def described(specs: Sequence[Any]) -> list[Mapping[str, Any]]:
    """Inputs or outputs as the protocol's metadata lists them; -1 where a size is free."""
    return [
        {
            "name": each.name,
            "datatype": DATATYPES[each.dtype],
            "shape": [-1 if isinstance(size, str) else size for size in each.shape],
        }
        for each in specs
    ]
