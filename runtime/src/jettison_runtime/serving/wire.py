"""protobuf's wire format: the fields of a message, and a field as bytes.

Source: protobuf, "Encoding". Read by hand, because what is read here comes from anybody: nothing is made of a field
before it is asked for, and a message of a million empty ones costs no more than its bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Kinds of fields."""
_LONGEST = 10
"""Bytes of a number of 64 bits."""


def fields(raw: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Number, kind and value of every field: a number where it is a `VARINT`, the bytes of all others.

    :raises ValueError: this is no message, or it is cut short.
    """
    place, end = 0, len(raw)
    while place < end:
        key, place = _varint(raw, place)
        kind = key & 7
        if kind == VARINT:
            number, place = _varint(raw, place)
            yield key >> 3, kind, number
            continue
        if kind == BYTES:
            length, place = _varint(raw, place)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind} is none of protobuf's")
        if length > end - place:
            raise ValueError("the message is cut short")
        yield key >> 3, kind, raw[place : place + length]
        place += length


def parts(raw: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Of `fields` those that have a length: messages, texts, packed numbers."""
    for number, kind, value in fields(raw):
        if kind == BYTES and isinstance(value, memoryview):
            yield number, value


def text(raw: memoryview) -> str:
    """A field as text, whatever it holds."""
    return bytes(raw).decode("utf-8", "replace")


def _varint(raw: memoryview, place: int) -> tuple[int, int]:
    """A number, and the place behind it."""
    number = 0
    for shift, byte in enumerate(raw[place : place + _LONGEST]):
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return number, place + shift + 1
    raise ValueError("the message is cut short, or a number in it has no end")


def part(number: int, value: bytes) -> bytes:
    """A field that has a length."""
    return varint(number << 3 | BYTES) + varint(len(value)) + value


def count(number: int, value: int) -> bytes:
    """A field that is a whole number, 0 at least."""
    return varint(number << 3) + varint(value)


def varint(value: int) -> bytes:
    """A whole number, 0 at least."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
