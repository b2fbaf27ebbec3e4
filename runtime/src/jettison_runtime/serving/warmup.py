"""Before a model is ready: is it faster to compute rows together, and are the answers the same?

Both are found out here and not assumed. Some forms (8-bit with a scale for the whole input, say) answer a row otherwise
in company; some networks gain nothing from it. Either keeps every request to itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .served import Served
from .settings import Settings
from .tasks import Feed

TOLERANCE = 1e-4
"""How far a number may be off in company, as a share of the largest in its output; labels, texts and integers are the
same."""
_MOST_ROWS = 32
_GAIN = 0.9
"""Rows are put together when each then takes at most this share of its time alone."""
_QUICK_SECONDS = 0.5
"""Of the first call of a row; a start would be long in finding out about a slower one."""
_SECONDS = 2.0
_RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Batching:
    """What was found out."""

    rows: int
    """To be computed together; 1: every request alone."""
    why: str
    seconds_a_row: tuple[tuple[int, float], ...] = ()
    """By how many are computed together."""


def batching(served: Served, settings: Settings) -> Batching:
    """How many rows of several requests to compute together; takes a few seconds."""
    wanted = settings.batch_rows
    most = min(wanted or _MOST_ROWS, settings.max_rows)
    if why := _in_the_way(served, most):
        return Batching(rows=1, why=why)
    probes = [served.probe(number) for number in range(most)]
    off = _difference(served, probes[: min(most, 4)])
    if not off <= TOLERANCE:
        return Batching(rows=1, why=f"answers in company are off by {off:.1e} of the largest number")
    return _fastest(served, probes) if wanted is None else Batching(rows=most, why="configured")


def _in_the_way(served: Served, most: int) -> str:
    """Why nothing is worth finding out; empty where something is."""
    if most < 2:
        return "one row at most is wanted"
    if served.like(served.probe(0), {}) is None:
        return "the model does not take rows of several requests in one call"
    started = time.monotonic()
    served.answers([served.probe(0)], {})
    alone = time.monotonic() - started
    return f"a row takes {alone:.1f} s: no request waits for another's" if alone > _QUICK_SECONDS else ""


def _fastest(served: Served, probes: list[Feed]) -> Batching:
    end = time.monotonic() + _SECONDS
    found: list[tuple[int, float]] = []
    rows = 1
    while rows <= len(probes) and (not found or time.monotonic() < end):
        found.append((rows, _seconds(served, probes[:rows]) / rows))
        rows *= 2
    alone = found[0][1]
    best, seconds = min(found, key=lambda each: each[1])
    if seconds > _GAIN * alone:
        return Batching(rows=1, why="computing rows together is no faster", seconds_a_row=tuple(found))
    return Batching(rows=best, why=f"a row takes {seconds / alone:.0%} of its time alone", seconds_a_row=tuple(found))


def _seconds(served: Served, feeds: list[Feed]) -> float:
    """The least of a few calls, after one that is not counted."""
    served.answers(feeds, {})
    taken = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        served.answers(feeds, {})
        taken.append(time.perf_counter() - started)
    return min(taken)


def _difference(served: Served, feeds: list[Feed]) -> float:
    """How far answers in company are from those alone; infinite where something that is no float differs."""
    alone = [served.answers([feed], {})[0] for feed in feeds]
    together = served.answers(feeds, {})
    return max(_apart(one[name], other[name]) for one, other in zip(alone, together, strict=True) for name in one)


def _apart(one: NDArray[Any], other: NDArray[Any]) -> float:
    if one.shape != other.shape or one.dtype.kind != "f":
        return 0.0 if np.array_equal(one, other) else float("inf")
    if not one.size:
        return 0.0
    largest = float(np.abs(one.astype(np.float64)).max())
    off = float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max())
    return off / largest if largest else off
