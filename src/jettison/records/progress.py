"""How far the work has come. Rooms yield it, commands draw it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One moment of long work."""

    step: str
    """What is being done, in the words of the plan: ``"weigh"``, ``"measure int8-blocks"``."""
    done: float = 0.0
    """How much of it is behind us, in the units of ``total``."""
    total: float = 0.0
    """How much there is; 0 when that is not known."""
    note: str = ""
    """What a person wants to know just now."""


Steps: TypeAlias = Generator[Progress, None, T]
"""Work that says how far it has come: yields `Progress`, returns its result. ``result = yield from work()``."""


def finished(work: Steps[T]) -> T:
    """Run the work to its end in silence and give back its result."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
