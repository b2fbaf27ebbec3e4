"""Measurements → Verdict: which candidate wins under the limits, and why the others do not.

Two questions, asked apart. On the selection data: which candidates are not refuted, and which of those is best.
On the verdict data, opened once: is what ships proved to hold to every limit.
"""

from __future__ import annotations

from collections.abc import Sequence

from jettison.records import Judgement, Limits, Measurement, Score, Verdict
from jettison.statistics import judgements, median, ratio_of_medians

__all__ = ["ORIGINAL", "score", "verdict"]

ORIGINAL = "original"
_TIE = 0.05
"""Latencies within 5 % of the fastest are called equal; then size decides."""


def score(
    baseline: Measurement, other: Measurement, limits: Limits, *, metric: str, image_bytes: int | None = None
) -> Score:
    """One candidate held against the baseline and every limit that was asked for.

    :param metric: of the labelled data; empty without labels.
    :param image_bytes: of the finished image, unpacked; None before there is one.
    """
    speed = ratio_of_medians(baseline.rounds, other.rounds) if baseline.rounds and other.rounds else None
    held = judgements(limits, baseline, other, metric=metric, image_bytes=image_bytes)
    return Score(candidate=other.candidate, judgements=held, speed=speed)


def verdict(
    measurements: Sequence[Measurement], limits: Limits, *, metric: str, verdict_items: int | None = None
) -> Verdict:
    """The best candidate on the selection data; the original when no other is as fast, as small and as right.

    :param measurements: the baseline first.
    :param verdict_items: how many labelled items will decide. A candidate that they could not prove, were its
        loss as seen here, is not chosen; None where nothing decides later.
    """
    baseline, *others = measurements
    scores = {other.candidate: score(baseline, other, limits, metric=metric) for other in others}
    fit = [other for other in others if _worth(scores[other.candidate], baseline, other, verdict_items)]
    order = _order(fit)
    if not order:
        reason = "no candidate is at once as fast, as small and as right as the original: it stays"
        return Verdict(winner=ORIGINAL, reason=reason, scores=tuple(scores.values()))
    best = order[0]
    speed = scores[best.candidate].speed
    faster = f"{speed.estimate:.1f} times the speed of the original, " if speed else ""
    reason = f"{best.candidate}: {faster}{best.model_bytes / 1e6:.1f} MB"
    if len(order) > 1:
        reason += f"; next: {order[1].candidate}"
    return Verdict(
        winner=best.candidate,
        reason=reason,
        scores=tuple(scores.values()),
        order=tuple(each.candidate for each in order),
    )


def _worth(found: Score, baseline: Measurement, other: Measurement, verdict_items: int | None) -> bool:
    """Neither refuted nor beyond proof, and neither slower nor larger than what came in."""
    slower = found.speed is not None and found.speed.estimate < 1
    hopeful = all(_provable(judgement, verdict_items) for judgement in found.judgements)
    return hopeful and not slower and other.model_bytes <= baseline.model_bytes


def _provable(judgement: Judgement, verdict_items: int | None) -> bool:
    if judgement.ruling != "undecided":
        return judgement.ruling != "refuted"
    if judgement.unit != "points":
        return True  # more samples of what ships will decide
    return judgement.needed_samples is not None and judgement.needed_samples <= (verdict_items or 0)


def _order(fit: Sequence[Measurement]) -> list[Measurement]:
    """Fastest first; among equals the smallest."""
    if not fit:
        return []
    fastest = min(median(each.seconds) for each in fit)

    def rank(each: Measurement) -> tuple[float, int]:
        slowness = median(each.seconds) / fastest
        return (1.0 if slowness <= 1 + _TIE else slowness, each.model_bytes)

    return sorted(fit, key=rank)
