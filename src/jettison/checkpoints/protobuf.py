"""Protocol buffers as they lie in a file: field by field, each with its place, nothing of it copied.

Format: protobuf.dev, "Encoding". A message tells neither its kind nor the names of its fields: who reads it knows both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_LONGEST_VARINT = 10

Raw = bytes | mmap


class Damaged(ValueError):
    """No message."""


class CutOff(Damaged):
    """A field ends behind its message."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    number: int
    begin: int
    """Where its key lies."""
    start: int
    """Where its value lies."""
    end: int
    value: int | None
    """Of a whole number; None of bytes, and of what lies there in four or eight of them."""

    @property
    def size_bytes(self) -> int:
        """Of the value alone."""
        return self.end - self.start


def fields(raw: Raw, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """Every field of the message between two places; of a field that is repeated, every one.

    :raises Damaged: a field of no known kind; CutOff: one that ends behind the message.
    """
    place, end = start, len(raw) if end is None else end
    while place < end:
        begin = place
        key, place = varint(raw, place, end)
        kind, value, stop = key & 7, None, place
        if kind == _VARINT:
            value, stop = varint(raw, place, end)
        elif kind == _BYTES:
            size, place = varint(raw, place, end)
            stop = place + size
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            stop = place + (8 if kind == _EIGHT_BYTES else 4)
        else:
            raise Damaged(f"no field is of kind {kind}")
        if stop > end:
            raise CutOff("a field is cut off")
        yield Field(key >> 3, begin, place, stop, value)
        place = stop


def varint(raw: Raw, place: int, end: int) -> tuple[int, int]:
    """A number in groups of seven bits, and the place after it.

    :raises CutOff: it does not end.
    """
    number = 0
    for shift, at in enumerate(range(place, min(end, place + _LONGEST_VARINT))):
        byte = raw[at]
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return number, at + 1
    raise CutOff("a number does not end")


def encoded(number: int) -> bytes:
    """A number in groups of seven bits."""
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
