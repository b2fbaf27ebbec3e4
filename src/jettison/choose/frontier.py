"""Which models another one beats in everything: what is left is the frontier of bytes, latency and right answers."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.records import Domination, Measurement
from jettison.statistics import median, missed_share, ratio_of_medians


def dominations(measurements: Sequence[Measurement]) -> tuple[Domination, ...]:
    """Every model that another one beats: no larger, no slower and no less right, and better in at least one of them.

    Of two latencies one counts as lower only where the interval of their ratio over the interleaved rounds says so;
    bytes and right answers count as they are. Named is the fastest of the undominated ones that beat it.
    """
    beaten = {
        one.candidate: [other for other in measurements if other is not one and _better(other, one, measurements[0])]
        for one in measurements
    }
    found = []
    for one in measurements:
        best = [other for other in beaten[one.candidate] if not beaten[other.candidate]] or beaten[one.candidate]
        if best:
            by = min(best, key=lambda each: median(each.seconds))
            found.append(_domination(one, by, measurements[0]))
    return tuple(found)


def _better(one: Measurement, other: Measurement, baseline: Measurement) -> bool:
    size = other.model_bytes - one.model_bytes
    speed = _faster(one, other)
    right = missed_share(baseline, other) - missed_share(baseline, one)
    return min(size, speed, right) >= 0 and max(size, speed, right) > 0


def _faster(one: Measurement, other: Measurement) -> int:
    """1, -1, or 0 where the rounds do not tell."""
    ratio = ratio_of_medians(other.rounds, one.rounds)
    return 1 if ratio.low > 1 else -1 if ratio.high < 1 else 0


def _domination(one: Measurement, by: Measurement, baseline: Measurement) -> Domination:
    right = missed_share(baseline, one) - missed_share(baseline, by)
    return Domination(
        candidate=one.candidate,
        by=by.candidate,
        larger=one.model_bytes > by.model_bytes,
        slower=_faster(by, one) > 0,
        less_right=right > 0,
    )
