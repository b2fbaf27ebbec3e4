"""What is known of every place that can hold a value. It only ever grows, so reading until it stops growing ends."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .kinds import (
    NOTHING,
    Array,
    Box,
    Facade,
    Foreign,
    Function,
    Later,
    Method,
    Value,
)

Place = tuple[object, ...]
"""``("global", module, name)``, ``("cell", function, name)``, ``("field", class or holder, name)``,
``("item", site, key)``, ``("parameter", function, name)``, ``("return", function)``, ``("base", class)``."""


_EFFORT = 2_000_000
"""Kinds that may be looked at. A service takes some ten thousand; code that is far too entangled ends here."""


class TooEntangled(Exception):
    """Following all values of the service would take too long."""


class Memory:
    """Values by place, and marks.

    Reading raises `TooEntangled` once more was looked at than any service needs.
    """

    def __init__(self) -> None:
        self._values: dict[Place, Value] = {}
        self._keys: dict[object, list[object]] = {}
        self._marks: set[Place] = set()
        self.grew = False
        self._effort = 0

    def read(self, *place: object) -> Value:
        """All that was ever put in this place."""
        found = self._values.get(place, NOTHING)
        self._spend(1 + len(found))
        return found

    def _spend(self, kinds: int) -> None:
        self._effort += kinds
        if self._effort > _EFFORT:
            raise TooEntangled

    def write(self, place: Place, value: Value) -> None:
        """Put a value in a place, beside what is there."""
        before = self._values.get(place)
        if before is None:
            self._values[place] = value
            self._keys.setdefault(place[:2], []).append(place[2] if len(place) > 2 else None)
            self.grew = True
        elif not value <= before:
            self._values[place] = before | value
            self.grew = True

    def keys(self, *place: object) -> tuple[object, ...]:
        """The keys known of a box, the names known of a class or holder; None stands for keys not known."""
        return tuple(self._keys.get(place, ()))

    def elements(self, box: Box) -> Value:
        """All that a box may hold."""
        return union(self.read("item", box.site, key) for key in self.keys("item", box.site))

    def item(self, box: Box, key: object) -> Value:
        """What a box may hold at a key; a key of None is one that is not known."""
        if key is None:
            return self.elements(box)
        return self.read("item", box.site, key) | self.read("item", box.site, None)

    def mark(self, *place: object) -> None:
        """Note a fact about a place: ``("exposed", function)``, ``("called", function)``, ``("escaped", class)``."""
        if place not in self._marks:
            self._marks.add(place)
            self.grew = True

    def marked(self, *place: object) -> bool:
        """The fact was noted."""
        return place in self._marks

    def followed(self, value: Value, *, results: bool = False) -> Value:
        """The part of a value that must not go where it cannot be followed, however deep it lies.

        :param results: count functions whose result must be followed.
        """
        return self._followed(value, results, set())

    def _followed(self, value: Value, results: bool, seen: set[ast.AST | str]) -> Value:
        found: set[object] = set()
        self._spend(len(value))
        for kind in value:
            inner = NOTHING
            match kind:
                case Facade() | Array() | Method(owner=Facade() | Array()):
                    inner = frozenset({kind})
                case Foreign() if kind.replaced:
                    inner = frozenset({kind})
                case Method(owner=Box() as box) | (Box() as box) if box.site not in seen:
                    seen.add(box.site)
                    inner = self._followed(self.elements(box), results, seen)
                case Later(result):
                    inner = self._followed(result, results, seen)
                case Function(node) if results and node not in seen:
                    seen.add(node)
                    gives = self.read("return", node) | self.read("item", node, None)
                    inner = frozenset({kind}) if self._followed(gives, results, seen) else NOTHING
                case _:
                    pass
            found |= inner
        return frozenset(found)  # type: ignore[arg-type]


def union(values: Iterable[Value]) -> Value:
    """All that any of the values may be."""
    return frozenset(kind for value in values for kind in value)
