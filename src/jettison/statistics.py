"""The arithmetic of verdicts: pure, seeded, and the same wherever a number is made or checked.

Sources: percentiles are earned as MLPerf's LoadGen earns them (inference_rules, "early stopping");
intervals are percentile bootstraps (Efron and Tibshirani, 1993, ch. 13) on paired units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from .records import Interval, Judgement, Limits, Measurement, Ruling, Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.int64]
    Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 4000
SEED = 20261123


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
    low, high = _ends(_resampled(len(rounds), lambda rows: np.median(ratios[rows], axis=1)), confidence, sides=2)
    return Interval(estimate=median(rounds), low=low, high=high, confidence=confidence, samples=len(rounds))


def loss_interval(
    baseline_errors: Sequence[float],
    candidate_errors: Sequence[float],
    units: Sequence[float],
    *,
    confidence: float = 0.95,
) -> Interval:
    """How much worse the candidate's error rate is than the baseline's, on the same items, in percentage points.

    The rate is sum(errors) / sum(units) (micro average). The bound is one-sided: `high` is exceeded by the
    true loss with a probability of at most 1 - confidence; `low` is the mirror image. Paired bootstrap over items,
    to which one more is added that nobody saw: wholly wrong for `high`, wholly won for `low`. So a few items, or
    items that never differ, prove no more than the rule of three allows (Hanley and Lippman-Hand 1983: 3 / items).
    """
    import numpy as np

    difference = np.asarray(candidate_errors, dtype=float) - np.asarray(baseline_errors, dtype=float)
    size = np.asarray(units, dtype=float)
    if not len(size):
        raise ValueError("no labelled items")
    estimate = 100 * float(difference.sum() / size.sum())

    def end(unseen: float) -> tuple[float, float]:
        lost, whole = np.append(difference, unseen), np.append(size, abs(unseen))
        rates = _resampled(len(whole), lambda rows: 100 * lost[rows].sum(axis=1) / whole[rows].sum(axis=1))
        return _ends(rates, confidence, sides=1)

    return Interval(
        estimate=estimate,
        low=end(-float(size.mean()))[0],
        high=end(float(size.mean()))[1],
        confidence=confidence,
        samples=len(size),
    )


def needed_items(interval: Interval, limit: float) -> int | None:
    """How many items would prove a loss of at most `limit`, were the difference as seen; None when none would.

    The part of the interval's width that the unseen item makes (3 items' worth, see `loss_interval`) falls with the
    number of items, the rest with its square root.
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


def _resampled(count: int, statistic: Callable[[Rows], Floats]) -> Floats:
    """The statistic of RESAMPLES bootstrap resamples of `count` rows, always the same ones for one count.

    `statistic` gets row numbers of shape [some, count] and gives back shape [some]; done in pieces to bound memory.
    """
    import numpy as np

    random = np.random.default_rng(SEED)
    piece = max(1, 2_000_000 // count)
    pieces = [
        statistic(random.integers(0, count, size=(min(piece, RESAMPLES - start), count)))
        for start in range(0, RESAMPLES, piece)
    ]
    return np.concatenate(pieces)


def _ends(spread: Floats, confidence: float, *, sides: int) -> tuple[float, float]:
    import numpy as np

    tail = 100 * (1 - confidence) / sides
    low, high = np.percentile(spread, [tail, 100 - tail])
    return float(low), float(high)


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


def ruling(interval: Interval, limit: float) -> Ruling:
    """``proved`` when all of the interval is within the limit, ``refuted`` when all of it is beyond."""
    if interval.high <= limit:
        return "proved"
    return "refuted" if interval.low > limit else "undecided"


def judgements(
    limits: Limits, baseline: Measurement, candidate: Measurement, *, metric: str = "", image_bytes: int | None = None
) -> tuple[Judgement, ...]:
    """Every limit that was asked for, held against the candidate; and its loss, asked or not.

    `metric` names the error rate of labelled data. `image_bytes` is the finished image, unpacked; without one, a
    limit on it is left out. ValueError when the two sides did not answer the same items.
    """
    made = [_loss_judgement(limits, baseline, candidate, metric)]
    if (seconds := limits.p95_seconds) is not None:
        made.append(_p95_judgement(candidate.seconds, seconds, limits.confidence))
    if (size := limits.model_bytes) is not None:
        made.append(_judgement(f"model at most {size / 1e6:g} MB", size, exact(candidate.model_bytes), "bytes"))
    if (size := limits.image_bytes) is not None and image_bytes is not None:
        made.append(_judgement(f"image at most {size / 1e6:g} MB unpacked", size, exact(image_bytes), "bytes"))
    if (size := limits.peak_memory_bytes) is not None:
        made.append(
            _judgement(f"peak memory at most {size / 1e6:g} MB", size, _range(candidate.peak_memory_bytes), "bytes")
        )
    if (seconds := limits.cold_start_seconds) is not None:
        made.append(
            _judgement(f"cold start at most {seconds:g} s", seconds, _range(candidate.cold_start_seconds), "seconds")
        )
    return tuple(made)


def _loss_judgement(limits: Limits, baseline: Measurement, candidate: Measurement, metric: str) -> Judgement:
    """Without labels every answer that changed counts as wrong: what is really lost can only be less."""
    if baseline.error_rate is not None and candidate.error_rate is not None:
        words, note = f"loss of {metric or 'accuracy'}", ""
        before, after, units = baseline.errors, candidate.errors, candidate.units
    else:
        words, note = "answers changed", "no labels, so every change counts as an error"
        after = tuple(float(a != b) for a, b in zip(baseline.outputs, candidate.outputs, strict=True))
        before, units = (0.0,) * len(after), (1.0,) * len(after)
    if limits.loss_points is not None:
        words = f"{words} at most {limits.loss_points:g} points"
    if not units:
        return _judgement(words, limits.loss_points, None, "points", note="neither labels nor answers to compare")
    interval = loss_interval(before, after, units, confidence=limits.confidence)
    more = None if limits.loss_points is None else needed_items(interval, limits.loss_points)
    return _judgement(words, limits.loss_points, interval, "points", more=more, note=note)


def _p95_judgement(values: Sequence[float], limit: float, confidence: float) -> Judgement:
    interval = percentile_interval(values, 95, confidence=confidence)
    short = None if interval else needed_for_percentile(95, confidence=confidence)
    note = "" if interval else f"{len(values)} samples do not earn a p95"
    return _judgement(f"p95 latency at most {1000 * limit:g} ms", limit, interval, "seconds", more=short, note=note)


def _judgement(
    words: str, limit: float | None, interval: Interval | None, unit: Unit, *, more: int | None = None, note: str = ""
) -> Judgement:
    """`more` is how many samples would decide."""
    blank = Judgement(limit=words, ruling="not asked", interval=interval, unit=unit, note=note)
    if limit is None:
        return blank
    if interval is None:
        return replace(blank, ruling="undecided", needed_samples=more, note=note or "not measured")
    decided = ruling(interval, limit)
    return replace(blank, ruling=decided, needed_samples=more if decided == "undecided" else None)


def _range(values: Sequence[float]) -> Interval | None:
    return range_interval(values) if values else None
