"""One form for every marshalled object.

``marshal`` marks an object for later reference when anything else in the process happens to hold it, so equal
code objects give different bytes. Here the stream is read into values without executing or creating any of the
objects, equal immutable values become one, and it is written again: a value is marked where it occurs more
than once, and only there, and references are numbered in the order of the marks.

The form is that of ``Python/marshal.c``, versions 4 and 5, as CPython 3.8 to 3.14 write it.
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Version = tuple[int, int]

_REFERENCED = 0x80
_REFERENCE = ord("r")

_SINGLETONS = b"0NFTS."
"""NULL, None, False, True, StopIteration, Ellipsis: never referenced."""
_FIXED = {ord("i"): 4, ord("g"): 8, ord("y"): 16, ord("I"): 8}
"""Bytes after the type: int, float, complex, 64-bit int of old."""
_LONG = ord("l")
_SHORT_SIZED = b"zZ"
"""One byte of length, then that many bytes: short ASCII text, interned or not."""
_SIZED = b"sutaA"
"""Four bytes of length, then that many bytes: bytes, text, interned text, ASCII text, interned ASCII text."""
_SMALL_TUPLE = ord(")")
_SEQUENCES = b"([<>"
"""Four bytes of count, then that many values: tuple, list, set, frozenset."""
_SETS = b"<>"
_MUTABLE = b"[<{"
_SLICE = ord(":")
_DICT = ord("{")
_CODE = ord("c")
_NULL = ord("0")
_NAME = re.compile(rb"[A-Za-z0-9_]*")


@dataclass(frozen=True, eq=False)
class _Value:
    """One value. Equal immutable ones are one and the same object."""

    kind: int
    data: bytes
    parts: tuple[_Value, ...] = ()


class Unreadable(ValueError):
    """The stream is not in the form that is known here."""


def canonical(stream: bytes, python: Version) -> bytes:
    """The same object, marshalled in the one form.

    :param stream: what ``marshal.dumps`` gave
    :param python: the Python that marshalled it, for the fields of its code objects
    :raises Unreadable: the stream is of another form
    """
    reader = _Reader(stream, python)
    try:
        value = reader.value()
    except (struct.error, IndexError) as cause:
        raise Unreadable("the stream is cut off") from cause
    if reader.at != len(stream):
        raise Unreadable("there is more behind the object")
    return _written(value, python)


def _code_fields(python: Version) -> str:
    """The fields of a code object in order: ``l`` for a number of four bytes, ``o`` for a value."""
    if python >= (3, 11):
        return "lllll" + "oooooooo" + "l" + "oo"
    return "llllll" + "oooooooo" + "l" + "o"


class _Reader:
    def __init__(self, stream: bytes, python: Version) -> None:
        self._stream = stream
        self._fields = _code_fields(python)
        self._python = python
        self._references: list[_Value | None] = []
        self._known: dict[tuple[int, bytes, tuple[_Value, ...]], _Value] = {}
        self.at = 0

    def value(self) -> _Value:
        head = self._take(1)[0]
        kind = head & ~_REFERENCED
        if kind == _REFERENCE:
            return self._referenced()
        slot = -1
        if head & _REFERENCED:
            slot = len(self._references)
            self._references.append(None)
        value = self._of_kind(kind)
        if slot >= 0:
            self._references[slot] = value
        return value

    def _referenced(self) -> _Value:
        number = self._number()
        value = self._references[number] if 0 <= number < len(self._references) else None
        if value is None:
            raise Unreadable("a reference to what is not there yet")
        return value

    def _of_kind(self, kind: int) -> _Value:
        if kind in _SINGLETONS:
            return self._one(kind)
        if kind in _FIXED:
            return self._one(kind, self._take(_FIXED[kind]))
        if kind == _LONG:
            size = self._number()
            return self._one(kind, struct.pack("<i", size) + self._take(2 * abs(size)))
        if kind in _SHORT_SIZED:
            return self._one(kind, self._take(self._take(1)[0]))
        if kind in _SIZED:
            return self._one(kind, self._take(self._number()))
        return self._of_values(kind)

    def _of_values(self, kind: int) -> _Value:
        if kind == _SMALL_TUPLE:
            return self._one(kind, b"", self._values(self._take(1)[0]))
        if kind in _SEQUENCES:
            parts = self._values(self._number())
            if kind in _SETS:
                parts = tuple(sorted(parts, key=lambda part: _plain(part, self._python)))
            return self._one(kind, b"", parts)
        if kind == _SLICE:
            return self._one(kind, b"", self._values(3))
        if kind == _DICT:
            return self._one(kind, b"", self._until_null())
        if kind == _CODE:
            numbers, values = b"", []
            for field in self._fields:
                if field == "l":
                    numbers += self._take(4)
                else:
                    values.append(self.value())
            return self._one(kind, numbers, tuple(values))
        raise Unreadable(f"an object of unknown type {chr(kind)!r}")

    def _one(self, kind: int, data: bytes = b"", parts: tuple[_Value, ...] = ()) -> _Value:
        """The value; for an immutable one that has been met before, that very one."""
        kind = _text_kind(kind, data)
        if kind in _MUTABLE:
            return _Value(kind, data, parts)
        return self._known.setdefault((kind, data, parts), _Value(kind, data, parts))

    def _values(self, count: int) -> tuple[_Value, ...]:
        return tuple(self.value() for _ in range(count))

    def _until_null(self) -> tuple[_Value, ...]:
        parts = []
        while (part := self.value()).kind != _NULL:
            parts.append(part)
        return tuple(parts)

    def _take(self, count: int) -> bytes:
        piece = self._stream[self.at : self.at + count]
        if count < 0 or len(piece) != count:
            raise IndexError
        self.at += count
        return piece

    def _number(self) -> int:
        (number,) = struct.unpack("<i", self._take(4))
        return int(number)


def _text_kind(kind: int, data: bytes) -> int:
    """Whether a text is interned depends on what else the process has seen; here, on the text alone.

    Names are, as the compiler would have it; CPython interns whatever else needs it when it makes a code object.
    """
    if kind in b"zZ":
        return ord("Z") if _NAME.fullmatch(data) else ord("z")
    if kind in b"aA":
        return ord("A") if _NAME.fullmatch(data) else ord("a")
    return ord("u") if kind == ord("t") else kind


def _written(value: _Value, python: Version) -> bytes:
    """A value that occurs more than once is written and marked where it stands first, then referred to."""
    uses: Counter[_Value] = Counter()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        uses[part] += 1
        if uses[part] == 1:
            waiting.extend(part.parts)
    numbers: dict[_Value, int] = {}

    def pieces(part: _Value) -> Iterator[bytes]:
        if part in numbers:
            yield bytes([_REFERENCE]) + struct.pack("<i", numbers[part])
            return
        shared = uses[part] > 1 and part.kind not in _SINGLETONS
        if shared:
            numbers[part] = len(numbers)
        yield from _layout(part, python, _REFERENCED if shared else 0, pieces)

    return b"".join(pieces(value))


def _plain(value: _Value, python: Version) -> bytes:
    """The value without references: what the members of a set are sorted by."""
    return b"".join(_layout(value, python, 0, lambda part: [_plain(part, python)]))


def _layout(value: _Value, python: Version, mark: int, pieces: Callable[[_Value], Iterable[bytes]]) -> Iterator[bytes]:
    """The bytes of one value; those of its parts come from `pieces`."""
    kind = value.kind
    yield bytes([kind | mark])
    if kind == _CODE:
        numbers, parts = value.data, iter(value.parts)
        for field in _code_fields(python):
            if field == "l":
                yield numbers[:4]
                numbers = numbers[4:]
            else:
                yield from pieces(next(parts))
        return
    if kind in _SHORT_SIZED:
        yield bytes([len(value.data)])
    elif kind in _SIZED:
        yield struct.pack("<i", len(value.data))
    elif kind == _SMALL_TUPLE:
        yield bytes([len(value.parts)])
    elif kind in _SEQUENCES:
        yield struct.pack("<i", len(value.parts))
    yield value.data
    for part in value.parts:
        yield from pieces(part)
    if kind == _DICT:
        yield bytes([_NULL])
