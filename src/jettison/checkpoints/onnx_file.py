"""ONNX files read field by field: where each stored tensor lies, without loading one of them.

Format: onnx/onnx, onnx.proto; the numbers below are those of its fields.
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterator
from pathlib import Path

from .protobuf import Raw, encoded, fields

_GRAPH, _INITIALIZER = 7, 5
_NUMBERS = (4, 5, 7, 9, 10, 11)
"""Of TensorProto: its numbers, by type or as bytes."""
_SMALL_BYTES = 1024


def without_weights(path: Path) -> bytes:
    """The message of a file without the numbers of its initializers of more than 1 KB: what is left is the graph.

    :raises Damaged: it is no message, or cut off.
    """
    with _mapped(path) as raw:
        return _rebuilt(raw, 0, len(raw), (_GRAPH, _INITIALIZER))


def _rebuilt(raw: Raw, start: int, end: int, way: tuple[int, ...]) -> bytes:
    """A message in which fields are left out that the way leads to."""
    kept = bytearray()
    for field in fields(raw, start, end):
        if way and field.number == way[0] and field.value is None:
            inner = _rebuilt(raw, field.start, field.end, way[1:])
            kept += encoded(field.number << 3 | 2) + encoded(len(inner)) + inner
        elif way or field.number not in _NUMBERS or field.size_bytes <= _SMALL_BYTES:
            kept += raw[field.begin : field.end]
    return bytes(kept)


@contextlib.contextmanager
def _mapped(path: Path) -> Iterator[Raw]:
    with path.open("rb") as file:
        if not path.stat().st_size:
            yield b""
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            yield raw
