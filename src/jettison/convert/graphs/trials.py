"""One way to quantize a graph, as it was tried; and the order in which ways are tried.

Nothing here runs a model: what a trial finds comes from outside, so that the search is plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from jettison.records import Steps

_HALVES = 4
"""The share of rows, as a divisor, that every method is tried on first; the better half is tried on all."""
_ENOUGH = 0.0005
"""One minus the mean cosine that needs no better."""
_RATE = 2.0
"""A layer goes back to floats when its share of the error is so many times its share of what 8 bits save."""
_LEAST_SHARE = 0.03
"""Of the error that a layer has to take away, whatever it costs."""
_MOST_REVERTED, _LOOKED_AT = 8, 3


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to quantize: which ranges, and what stays in floats."""

    method: str
    floats: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one way gave, on rows that it was not calibrated on."""

    way: Way
    cosine: float
    least_cosine: float
    worst_difference: float
    agreement: float
    rows: int
    work: float
    """Share of the multiply-adds that stay in floats: what a way costs. Measured times of single layers differ from run
    to run by more than a layer takes, and the same samples shall give the same model."""

    @property
    def error(self) -> float:
        """One minus the mean cosine."""
        return 1 - self.cosine


Try = Callable[[Way, int], Steps[Trial]]
"""Tries a way on so many rows."""


def best_way(
    methods: Sequence[str], noise: Mapping[str, Mapping[str, float]], rows: int, tried: Try
) -> Steps[tuple[Trial, ...]]:
    """All trials, the chosen one last.

    First the methods, by successive halving; then, while the error is worth it, layers are reverted one at a time:
    of the few with the most noise the one that buys the most accuracy for the work that it is.

    :param noise: by method, by layer: how far the layer alone is from its floats.
    """
    trials: list[Trial] = []
    left = list(methods)
    share = max(rows // _HALVES, min(rows, 4))
    if share < rows and len(left) > 2:
        first = []
        for method in left:
            first.append((yield from tried(Way(method=method), share)))
        trials += first
        left = [trial.way.method for trial in sorted(first, key=lambda trial: trial.error)[: (len(left) + 1) // 2]]
    second = []
    for method in left:
        second.append((yield from tried(Way(method=method), rows)))
    trials += second
    best = min(second, key=lambda trial: trial.error)
    start = best
    while best.error > _ENOUGH and len(best.way.floats) < _MOST_REVERTED:
        candidates = []
        for layer in _noisiest(noise[best.way.method], best.way.floats):
            way = Way(method=best.way.method, floats=tuple(sorted((*best.way.floats, layer))))
            candidates.append((yield from tried(way, rows)))
        trials += candidates
        worth = [trial for trial in candidates if buys(start, best, trial)]
        if not worth:
            break
        best = max(worth, key=lambda trial: (best.error - trial.error) / max(trial.work - best.work, 1e-3))
    return (*(trial for trial in trials if trial is not best), best)


def buys(start: Trial, before: Trial, after: Trial) -> bool:
    """Whether reverting a layer buys accuracy worth its work.

    Everything in floats would be all of the work and lose no accuracy at all; a layer is worth reverting when it buys
    the accuracy at less than half of that price.
    """
    if not start.error or after.work >= 1:
        return False

    def worth(of: Trial, least: float) -> bool:
        gained = (of.error - after.error) / start.error
        return gained >= max(_RATE * (after.work - of.work), least)

    # By itself, and with all that went before it: many small prices add up.
    return worth(before, _LEAST_SHARE) and worth(start, 0.0)


def _noisiest(noise: Mapping[str, float], taken: Sequence[str]) -> list[str]:
    left = [name for name in noise if name not in taken]
    return sorted(left, key=lambda name: -noise[name])[:_LOOKED_AT]
