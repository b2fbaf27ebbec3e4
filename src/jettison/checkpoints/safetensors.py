"""safetensors files: a JSON header, then raw little-endian tensors. Format: huggingface/safetensors, "Format"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.errors import ModelUnreadable

from .tensors import Shard, StoredTensor, not_trained

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "u1",
}
_FLOATS = ("F64", "F32", "F16", "BF16")
_OTHER_WIDTHS = {"F8_E4M3": 1, "F8_E5M2": 1, "U16": 2, "U32": 4, "U64": 8, "C64": 8}
"""Of kinds of numbers that no model here is converted from: they are listed, and not read."""
_NAMES = {"F": "float", "BF": "bfloat", "I": "int", "U": "uint", "C": "complex"}
_LARGEST_HEADER = 100_000_000
"""The format's own limit."""


@dataclass(frozen=True, kw_only=True)
class _Entry:
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def shard(file: Path) -> Shard:
    """The tensors of one file; its header is checked against its length.

    :raises ModelUnreadable: truncated, or a header that does not fit the file.
    """
    entries = _entries(file)

    def read(name: str) -> NDArray[np.float32]:
        if entries[name].dtype not in _FLOATS:
            raise not_trained(file, name, entries[name].dtype)
        return _array(file, entries[name])

    return Shard(file=file, shapes={name: entry.shape for name, entry in entries.items()}, read=read)


def stored(file: Path) -> tuple[StoredTensor, ...]:
    """Where each tensor lies.

    :raises ModelUnreadable: as `shard`.
    """
    return tuple(
        StoredTensor(
            name=name, dtype=_named(each.dtype), shape=each.shape, start=each.start, size_bytes=each.end - each.start
        )
        for name, each in _entries(file).items()
    )


def _named(dtype: str) -> str:
    letters = dtype.rstrip("0123456789")
    return f"{_NAMES[letters]}{dtype.removeprefix(letters)}" if letters in _NAMES else dtype.lower()


def _entries(file: Path) -> dict[str, _Entry]:
    try:
        length = file.stat().st_size
        with file.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            if length < 8 or size > min(length - 8, _LARGEST_HEADER):
                raise _damaged(file, f"its header claims {size} bytes of a file of {length}")
            raw = stream.read(size)
    except OSError as cause:
        raise _damaged(file, cause.strerror or "it cannot be opened") from cause
    try:
        header: dict[str, Any] = json.loads(raw)
        entries = {name: _entry(value) for name, value in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise _damaged(file, "its header is not what the format asks for") from cause
    base = 8 + size
    body = length - base
    for name, entry in entries.items():
        count = 1
        for side in entry.shape:
            count *= side
        if entry.end > body:
            raise _damaged(file, f"it is cut off: {name} ends at byte {base + entry.end} of {length}")
        if entry.end - entry.start != count * _width(entry.dtype):
            raise _damaged(file, f"{name} of shape {entry.shape} cannot have {entry.end - entry.start} bytes")
    if (needed := max((entry.end for entry in entries.values()), default=0)) != body:
        raise _damaged(file, f"it is too long: its header tells of {base + needed} bytes, and the file has {length}")
    return {
        name: _Entry(dtype=e.dtype, shape=e.shape, start=base + e.start, end=base + e.end)
        for name, e in entries.items()
    }


def _entry(value: dict[str, Any]) -> _Entry:
    start, end = (int(offset) for offset in value["data_offsets"])
    shape = tuple(int(side) for side in value["shape"])
    if value["dtype"] not in {*_DTYPES, *_OTHER_WIDTHS} or not 0 <= start <= end or any(side < 0 for side in shape):
        raise ValueError(value)
    return _Entry(dtype=value["dtype"], shape=shape, start=start, end=end)


def _width(dtype: str) -> int:
    return _OTHER_WIDTHS.get(dtype) or int(_DTYPES[dtype][-1])


def _array(file: Path, entry: _Entry) -> NDArray[np.float32]:
    import numpy as np

    count = (entry.end - entry.start) // _width(entry.dtype)
    if not count:
        return np.zeros(entry.shape, np.float32)
    # Mapped: pages are read once and belong to the page cache, so a large model is never held twice.
    raw = np.memmap(file, _DTYPES[entry.dtype], "r", offset=entry.start, shape=(count,))
    if entry.dtype == "BF16":
        raw = (raw.astype(np.uint32) << 16).view(np.float32)  # type: ignore[assignment]
    return np.asarray(raw, np.float32).reshape(entry.shape)


def _damaged(file: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(
        f"{file.name} is truncated or damaged: {why}",
        where=str(file),
        next_step="copy the file again and compare its size with the original's",
    )
