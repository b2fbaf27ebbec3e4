"""What latencies, sizes and a few process starts say, and how surely.

Sources: percentiles are earned as MLPerf's LoadGen earns them (inference_rules, "early stopping"); the ratio of two
sides is a percentile bootstrap (Efron and Tibshirani, 1993, ch. 13) over interleaved rounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from jettison.records import Interval

from .resampling import ends, resampled


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones. At least one value."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def earned_percentile(values: Sequence[float], percent: float, *, confidence: float = 0.99) -> float | None:
    """An upper bound of the percentile that holds with the given confidence, or None when the sample is too small.

    The largest `values` may exceed the bound t times, where t is what a binomial test allows; with too few
    values not even t = 0 is allowed: p90 needs 44 values, p95 90, p99 459, at 99 % confidence.
    """
    allowed = _allowed_over(len(values), percent / 100, confidence)
    return sorted(values)[len(values) - 1 - allowed] if allowed >= 0 else None


def _allowed_over(samples: int, share: float, confidence: float) -> int:
    """Largest t such that seeing at most t of the samples over the true percentile is no accident; -1 for none."""
    total = 0.0
    for t in range(samples):
        total += _binomial(samples, t, 1 - share)
        if total > 1 - confidence:
            return t - 1
    return -1


def _binomial(trials: int, hits: int, chance: float) -> float:
    """Probability of exactly that many hits; in logarithms, for the binomial coefficient alone can overflow a float."""
    ways = math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)
    return math.exp(ways + hits * math.log(chance) + (trials - hits) * math.log1p(-chance))


def ratio_of_medians(
    baseline: Sequence[Sequence[float]], other: Sequence[Sequence[float]], *, confidence: float = 0.95
) -> Interval:
    """Median of (baseline / other) over interleaved rounds: above 1 means that `other` is faster.

    Each round gives one ratio of the two medians in it, so a drift of the machine cancels; the interval is a
    two-sided bootstrap over rounds.
    """
    rounds = [median(a) / median(b) for a, b in zip(baseline, other, strict=True) if a and b]
    import numpy as np

    ratios = np.array(rounds)
    low, high = ends(resampled(len(rounds), lambda rows: np.median(ratios[rows], axis=1)), confidence, sides=2)
    return Interval(estimate=median(rounds), low=low, high=high, confidence=confidence, samples=len(rounds))


def percentile_interval(values: Sequence[float], percent: float, *, confidence: float) -> Interval | None:
    """The percentile as the sample has it, between bounds that each hold with the given confidence.

    None when the sample does not earn the upper bound (see `earned_percentile`). No shape of the distribution
    is assumed: both bounds are order statistics.
    """
    high = earned_percentile(values, percent, confidence=confidence)
    if high is None:
        return None
    ordered, share = sorted(values), percent / 100
    return Interval(
        estimate=ordered[math.ceil(len(ordered) * share) - 1],
        low=ordered[max(0, _allowed_over(len(ordered), 1 - share, confidence))],
        high=high,
        confidence=confidence,
        samples=len(ordered),
    )


def needed_for_percentile(percent: float, *, confidence: float) -> int:
    """The smallest sample that earns the percentile: none of its values may be allowed over the bound."""
    return math.ceil(math.log(1 - confidence) / math.log(percent / 100))


def range_interval(values: Sequence[float]) -> Interval:
    """The median of a few values, between the smallest and the largest. At least one value.

    n values hold the true median between their ends with confidence 1 - 2^(1 - n): 75 % for three.
    """
    return Interval(
        estimate=median(values),
        low=min(values),
        high=max(values),
        confidence=1 - 2.0 ** (1 - len(values)),
        samples=len(values),
    )


def exact(value: float) -> Interval:
    """A counted value as an interval without width."""
    return Interval(estimate=value, low=value, high=value, confidence=1.0, samples=1)
