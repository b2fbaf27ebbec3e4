"""What a candidate loses against the baseline on the same items, in points or as a share of what the baseline scores.

Where every item is right or wrong the bound is Tango's (see `pairs`). Everywhere else it is a paired percentile
bootstrap over items (Efron and Tibshirani 1993, ch. 13), to which one item more is added that nobody saw: wholly wrong
for the upper bound, wholly won for the lower. So a few items, or items that never differ, prove no more than the rule
of three allows (Hanley and Lippman-Hand 1983: 3 / items). `bench/verdicts` measures how often either promises too much.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jettison.records import Interval, Measurement

from .metrics import CHRF_ORDERS, metric_named
from .pairs import flips_interval, needed_pairs
from .resampling import ends, weighted

if TYPE_CHECKING:
    from .metrics import Combined
    from .resampling import Floats


def error_rate(one: Measurement) -> float | None:
    """What its answers miss of a perfect score, as a share of 1; None without labelled items."""
    if one.counts:
        import numpy as np

        rows = np.asarray(one.counts, dtype=float)
        return 1 - float(_combined(one)(np.ones((1, len(rows))), rows)[0])
    return sum(one.errors) / sum(one.units) if one.units and sum(one.units) > 0 else None


def missed_share(baseline: Measurement, one: Measurement) -> float:
    """Its error rate; without labelled items the share of the baseline's answers that it changes."""
    rate = error_rate(one)
    if rate is not None:
        return rate
    changed = sum(a != b for a, b in zip(baseline.outputs, one.outputs, strict=True))
    return changed / max(len(one.outputs), 1)


def loss_interval(
    baseline_errors: Sequence[float],
    candidate_errors: Sequence[float],
    units: Sequence[float],
    *,
    confidence: float = 0.95,
) -> Interval:
    """How much worse the candidate's error rate is than the baseline's, on the same items, in percentage points.

    The rate is sum(errors) / sum(units) (micro average). The bounds are one-sided: `high` is exceeded by the
    true loss with a probability of at most 1 - confidence; `low` is the mirror image.
    """
    return _rates(baseline_errors, candidate_errors, units).loss(confidence)


def paired(baseline: Measurement, candidate: Measurement) -> Flips | Rows:
    """Both sides' scores of the same items, whose difference `loss`, `kept` and `needed` are about.

    ValueError when the two did not answer the same labelled items, or were not scored by the same metric.
    """
    if bool(baseline.counts) != bool(candidate.counts) or baseline.metric != candidate.metric:
        raise ValueError("the two sides were not scored by the same metric")
    if not baseline.counts:
        if baseline.units != candidate.units:
            raise ValueError("the two sides did not answer the same items")
        return _rates(baseline.errors, candidate.errors, baseline.units)
    import numpy as np

    if len(baseline.counts) != len(candidate.counts):
        raise ValueError("the two sides did not answer the same items")
    before, after = (np.asarray(side.counts, dtype=float) for side in (baseline, candidate))
    best, worst = _unseen(baseline.metric, np.vstack([before, after]))
    return Rows(baseline=before, candidate=after, combined=_combined(baseline), best=best, worst=worst)


def needed_items(interval: Interval, limit: float) -> int | None:
    """How many items would prove a loss of at most `limit` points, were the difference as seen; None when none would.

    The part of the interval's width that the unseen item makes (3 items' worth) falls with the number of items, the
    rest with its square root.
    """
    room = limit - interval.estimate
    half_width = interval.high - interval.estimate
    if room <= 0:
        return None
    unseen = min(half_width, 100 * 3 / (interval.samples + 1))
    seen = half_width - unseen
    # unseen * x² + seen * x = room, where x² = samples / needed
    x = (math.sqrt(seen**2 + 4 * unseen * room) - seen) / (2 * unseen) if unseen else room / seen if seen else 1.0
    return max(interval.samples, math.ceil(interval.samples / x**2))


@dataclass(frozen=True, kw_only=True)
class Flips:
    """Both sides of items that are right or wrong."""

    lost: int
    won: int
    items: int
    scored: float
    """The baseline's score, a share of 1."""

    def loss(self, confidence: float) -> Interval:
        """The baseline's score less the candidate's in percentage points, with one-sided bounds."""
        found = flips_interval(self.lost, self.won, self.items, confidence=confidence)
        return _times(found, 100)

    def kept(self, confidence: float) -> Interval | None:
        """The candidate's score over the baseline's, with one-sided bounds; None where the baseline scores nothing.

        The score is 1 - error rate, as MLPerf takes 99 % of a word error rate. The baseline's own score counts as
        known: its chance makes the true bound narrower, never wider.
        """
        if self.scored <= 0:
            return None
        found = flips_interval(self.lost, self.won, self.items, confidence=confidence)
        return _left(_times(found, 1 / self.scored))

    def needed(self, limit: float, confidence: float) -> int | None:
        """How many items would prove a loss of at most `limit` points, were the difference as seen; None if none."""
        return needed_pairs(self.lost, self.won, self.items, limit / 100, confidence=confidence)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Both sides of items that are scored together: rows of shape [items, width], the unseen item's beside them."""

    baseline: Floats
    candidate: Floats
    combined: Combined
    best: Floats
    """The unseen item, answered as well as can be."""
    worst: Floats

    @property
    def scored(self) -> float:
        """The baseline's score, a share of 1."""
        return self._seen[0]

    def loss(self, confidence: float) -> Interval:
        """See `Flips.loss`."""
        before, after = self._seen
        low, _ = ends(100 * (self._spread[:, 0] - self._spread[:, 1]), confidence, sides=1)
        _, high = ends(100 * (self._spread[:, 2] - self._spread[:, 3]), confidence, sides=1)
        return self._interval(100 * (before - after), low, high, confidence)

    def kept(self, confidence: float) -> Interval | None:
        """See `Flips.kept`."""
        before, after = self._seen
        if before <= 0:
            return None
        low, _ = ends(_share(self._spread[:, 3], self._spread[:, 2]), confidence, sides=1)
        _, high = ends(_share(self._spread[:, 1], self._spread[:, 0]), confidence, sides=1)
        return self._interval(after / before, low, high, confidence)

    def needed(self, limit: float, confidence: float) -> int | None:
        """See `Flips.needed`."""
        return needed_items(self.loss(confidence), limit)

    @cached_property
    def _seen(self) -> tuple[float, float]:
        import numpy as np

        once = np.ones((1, len(self.baseline)))
        before, after = self.combined(once, self.baseline), self.combined(once, self.candidate)
        return float(before[0]), float(after[0])

    @cached_property
    def _spread(self) -> Floats:
        """Scores of every resample: both sides with an unseen item that the candidate won, then with one it lost."""
        import numpy as np

        sides = [
            np.vstack([rows, last])
            for rows, last in (
                (self.baseline, self.worst),
                (self.candidate, self.best),
                (self.baseline, self.best),
                (self.candidate, self.worst),
            )
        ]
        combined = self.combined
        return weighted(len(sides[0]), lambda drawn: np.stack([combined(drawn, side) for side in sides], axis=1))

    def _interval(self, estimate: float, low: float, high: float, confidence: float) -> Interval:
        return Interval(estimate=estimate, low=low, high=high, confidence=confidence, samples=len(self.baseline))


def _rates(before: Sequence[float], after: Sequence[float], units: Sequence[float]) -> Flips | Rows:
    if not len(units):
        raise ValueError("no labelled items")
    if not len(before) == len(after) == len(units):
        raise ValueError("the two sides did not answer the same items")
    unit, flips = units[0], [b - a for a, b in zip(before, after, strict=True)]
    if unit > 0 and {*flips} <= {-unit, 0.0, unit} and all(size == unit for size in units):
        return Flips(
            lost=sum(flip > 0 for flip in flips),
            won=sum(flip < 0 for flip in flips),
            items=len(units),
            scored=1 - sum(before) / sum(units),
        )
    import numpy as np

    size = np.asarray(units, dtype=float)
    mean = float(size.mean())
    return Rows(
        baseline=np.stack([np.asarray(before, dtype=float), size], axis=1),
        candidate=np.stack([np.asarray(after, dtype=float), size], axis=1),
        combined=_rate,
        best=np.array([0.0, mean]),
        worst=np.array([mean, mean]),
    )


def _share(scores: Floats, whole: Floats) -> Floats:
    """A resample in which the baseline scores nothing says nothing for the candidate."""
    import numpy as np

    found: Floats = np.divide(scores, whole, out=np.zeros_like(whole), where=whole > 0)
    return found


def _rate(weights: Floats, rows: Floats) -> Floats:
    """Rows: errors, size. The score is what is left of 1. A resample without any size has no errors either."""
    import numpy as np

    errors, sizes = (weights @ rows).T
    rate: Floats = np.divide(errors, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    return 1 - rate


def _combined(one: Measurement) -> Combined:
    metric = metric_named(one.metric)
    if metric is None or metric.combined is None:
        raise ValueError(f"{one.metric!r} is no metric over all items")
    return metric.combined


def _unseen(metric: str, rows: Floats) -> tuple[Floats, Floats]:
    """One item more, answered as well and as wrongly as can be, where that weighs most.

    `rows` are those of both sides.
    """
    import numpy as np

    if metric == "f1":
        return np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    if metric == "f1_macro":
        rarest = float(np.bincount(rows[:, 1].astype(int)).argmin())
        return np.array([rarest, rarest]), np.array([-1.0, rarest])
    if metric == "auc":
        rarer = float(rows[:, 1].mean() <= 0.5)
        above, below = float(np.nanmax(rows[:, 0])) + 1, float(np.nanmin(rows[:, 0])) - 1
        return np.array([above if rarer else below, rarer]), np.array([below if rarer else above, rarer])
    sizes = rows.mean(axis=0).reshape(CHRF_ORDERS, 3)[:, 2]
    nothing = np.zeros(CHRF_ORDERS)
    return np.stack([sizes, sizes, sizes], axis=1).ravel(), np.stack([nothing, sizes, sizes], axis=1).ravel()


def _times(one: Interval, factor: float) -> Interval:
    return Interval(
        estimate=one.estimate * factor,
        low=one.low * factor,
        high=one.high * factor,
        confidence=one.confidence,
        samples=one.samples,
    )


def _left(lost: Interval) -> Interval:
    """What is left of 1 by a loss."""
    return Interval(
        estimate=1 - lost.estimate,
        low=1 - lost.high,
        high=1 - lost.low,
        confidence=lost.confidence,
        samples=lost.samples,
    )
