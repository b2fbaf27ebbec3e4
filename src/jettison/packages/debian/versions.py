"""Debian version numbers in their order, as the Debian policy defines it (section 5.6.12)."""

from __future__ import annotations

import functools
import re
from typing import Literal

Relation = Literal["<<", "<=", "=", ">=", ">>"]

_PARTS = re.compile(r"(\D*)(\d*)")
_END = (0,)
Key = tuple[object, ...]


@functools.lru_cache(maxsize=1 << 16)
def key(version: str) -> Key:
    """What to sort a version by: equal keys mean equal versions."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return (int(epoch) if epoch.isdecimal() else 0, _part_key(upstream), _part_key(revision))


def compare(one: str, other: str) -> int:
    """Below 0 when `one` is older, 0 when both are equal, above 0 when it is newer."""
    first, second = key(one), key(other)
    return (first > second) - (first < second)


def satisfies(version: str, relation: Relation, wanted: str) -> bool:
    """``satisfies("1.2-3", ">=", "1.0")``."""
    order = compare(version, wanted)
    return {"<<": order < 0, "<=": order <= 0, "=": order == 0, ">=": order >= 0, ">>": order > 0}[relation]


def _part_key(text: str) -> Key:
    """Runs of other characters and of digits in turn; nothing, at the end, sorts after ``~`` only."""
    found: list[object] = []
    for letters, digits in _PARTS.findall(text)[:-1] or [("", "")]:
        found += [(*map(_character, letters), 0), int(digits or 0)]
    return (*found, _END)


def _character(character: str) -> int:
    """``~`` before the end, which is 0, before letters, before everything else."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256
