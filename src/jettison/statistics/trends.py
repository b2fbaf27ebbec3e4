"""Whether a series rises, and how steeply, whatever its noise looks like: a few wild points change nothing.

Sources: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau" (JASA 63, 1968); the interval by
ranks as in R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring" (1987), sections 16.4 and 16.5.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

from jettison.records import Interval

from .percentiles import median
from .resampling import ends, resampled


def slope(x: Sequence[float], y: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """The Theil-Sen slope of y over x, with its interval: the median of the slopes of all pairs of points.

    Points with the same x make no pair. ValueError when no two points differ in x.
    """
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(zip(x, y, strict=True), 2) if x1 != x2)
    if not slopes:
        raise ValueError("a slope needs two points that differ in x")
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * math.sqrt(_variance(y))
    low = int((len(slopes) - reach) / 2) - 1
    return Interval(
        estimate=median(slopes),
        low=slopes[max(0, low)],
        high=slopes[min(len(slopes) - 1, len(slopes) - 1 - low)],
        confidence=confidence,
        samples=len(y),
    )


def rate(x: Sequence[float], y: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """What y gains for a unit of x on the whole, with an interval for gains that come by chance, one step and another.

    A bootstrap over the steps. Where few steps bring all the gain, a median of slopes is far from it, and its interval
    too narrow: it takes what is left of the steps before for noise. At least two points, with x rising.
    """
    import numpy as np

    widths, gains = np.diff(np.asarray(x, float)), np.diff(np.asarray(y, float))
    spread = resampled(len(gains), lambda rows: gains[rows].sum(axis=1) / widths[rows].sum(axis=1))
    low, high = ends(spread, confidence, sides=2)
    estimate = float(gains.sum() / widths.sum())
    return Interval(estimate=estimate, low=low, high=high, confidence=confidence, samples=len(y))


def chance_of_rise(y: Sequence[float]) -> float:
    """The Mann-Kendall test, one-sided: how probable so steady a rise would be if the order were by chance.

    With the normal approximation, which holds from ten values on, corrected for ties and for continuity.
    """
    score = sum((later > earlier) - (later < earlier) for earlier, later in combinations(y, 2))
    if score <= 0:
        return 1.0
    return 1 - NormalDist().cdf((score - 1) / math.sqrt(_variance(y)))


def _variance(y: Sequence[float]) -> float:
    """Of the Mann-Kendall score, when the order is by chance; equal values leave less to chance."""
    count = len(y)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(y).values())
    return (count * (count - 1) * (2 * count + 5) - ties) / 18
