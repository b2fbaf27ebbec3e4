"""Answers that are right or wrong, on the same items twice: how much of the difference is chance.

Source: T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample
design", Statistics in Medicine 17 (1998): the score test of ``P(lost) - P(won) = d`` with the nuisance parameter at its
maximum likelihood under that hypothesis, inverted. The plain interval promises too much where hardly anything flips
(with no flip at all it gives z² / items, where the truth is the rule of three), so a continuity correction is added,
just large enough to make that case exact; with one-way flips it then follows Clopper and Pearson's bound within 1 %.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from jettison.records import Interval

_HALVINGS = 60


def flips_interval(lost: float, won: float, items: float, *, confidence: float = 0.95) -> Interval:
    """The share of answers lost, net: (lost - won) / items, with one-sided bounds.

    :param lost: items that were right before and are wrong now; `won` is the reverse.
    """
    return Interval(
        estimate=(lost - won) / items,
        low=-_upper(won, lost, items, confidence),
        high=_upper(lost, won, items, confidence),
        confidence=confidence,
        samples=round(items),
    )


def needed_pairs(lost: int, won: int, items: int, limit: float, *, confidence: float = 0.95) -> int | None:
    """How many items would prove a loss of at most `limit`, a share, were flips as frequent as seen; None if none."""
    if (lost - won) / items >= limit:
        return None

    def proves(count: int) -> bool:
        times = count / items
        return _upper(lost * times, won * times, count, confidence) <= limit

    too_few, enough = items - 1, items
    while not proves(enough):
        too_few, enough = enough, 2 * enough
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if proves(middle) else (middle, enough)
    return enough


def _upper(lost: float, won: float, items: float, confidence: float) -> float:
    """The largest net loss that the score test does not reject."""
    z = NormalDist().inv_cdf(confidence)
    correction = _correction(z, items, confidence)
    low, high = (lost - won) / items, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _rejected(middle, (lost, won, items), z, correction) else (middle, high)
    return high


def _correction(z: float, items: float, confidence: float) -> float:
    """In items: with it the bound without any flip is the loss that shows none with a chance of 1 - confidence."""
    unseen = items * -math.expm1(math.log1p(-confidence) / items)
    return max(0.0, unseen - z * math.sqrt(unseen * (1 - unseen / items)))


def _rejected(loss: float, seen: tuple[float, float, float], z: float, correction: float) -> bool:
    """Whether a net loss this large would have shown itself, by the score test."""
    lost, won, items = seen
    surplus = items * loss - (lost - won) - correction
    if surplus <= 0:
        return False
    linear = (2 * items - lost + won) * loss - lost - won
    constant = -won * loss * (1 - loss)
    chance = (math.sqrt(linear * linear - 8 * items * constant) - linear) / (4 * items)
    return surplus * surplus > z * z * items * (2 * chance + loss * (1 - loss))
