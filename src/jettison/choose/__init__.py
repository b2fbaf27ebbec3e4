"""Measurements → Verdict: which candidate wins under the limits, and why the others do not.

Two questions, asked apart. On the selection data: which candidates are not refuted, and which of those is best.
On the verdict data, opened once: is what ships proved to hold to every limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from jettison.records import Judgement, Limits, Measurement, Observations, Score, Verdict
from jettison.statistics import judgements, median, ratio_of_medians

from .frontier import dominations

__all__ = ["ORIGINAL", "as_good", "dominations", "score", "verdict"]

ORIGINAL = "original"
_TIE = 0.05
"""Latencies within 5 % of the fastest are called equal; then size decides."""
_ROUNDING = 0.01
"""Points of agreement that two engines lose by rounding alone: 1e-4 of a score, as for answers."""
_GRAPHS = 0.005
"""The same weights with their graphs beside them are no larger model."""


def score(
    baseline: Measurement,
    other: Measurement,
    limits: Limits,
    *,
    metric: str,
    image_bytes: int | None = None,
    verdict_items: int | None = None,
) -> Score:
    """One candidate held against the baseline and every limit that was asked for.

    :param metric: of the labelled data; empty without labels.
    :param image_bytes: of the finished image, unpacked; None before there is one.
    :param verdict_items: how many items will decide later; None where nothing decides later.
    """
    speed = ratio_of_medians(baseline.rounds, other.rounds) if baseline.rounds and other.rounds else None
    held = judgements(limits, baseline, other, metric=metric, image_bytes=image_bytes)
    found = Score(candidate=other.candidate, judgements=held, speed=speed)
    others = (*_missed(held), *_worse(found, baseline, other, limits))
    if others:
        return replace(found, objection=others[0])
    there = len(other.units or other.counts or other.outputs) if verdict_items is None else verdict_items
    short = _needed(held)
    if short == 0 or (verdict_items is not None and short <= verdict_items):
        return found
    objection = f"its loss would take {short:,} items to prove, there are {there:,}"
    return replace(found, objection=objection, needed_items=short)


def verdict(
    measurements: Sequence[Measurement], limits: Limits, *, metric: str, verdict_items: int | None = None
) -> Verdict:
    """The best candidate on the selection data; the original when no other is as fast, as small and as right.

    :param measurements: the baseline first.
    :param verdict_items: how many labelled items will decide. A candidate that they could not prove, were its
        loss as seen here, is not chosen; None where nothing decides later.
    """
    baseline, *others = measurements
    scores = {
        other.candidate: score(baseline, other, limits, metric=metric, verdict_items=verdict_items) for other in others
    }
    order = _order([other for other in others if not scores[other.candidate].objection])
    if not order:
        reason = "no candidate is at once as fast, as small and as right as the original: it stays"
        needed = min((each.needed_items for each in scores.values() if each.needed_items), default=None)
        if needed is not None:
            reason = f"there are too few items to decide: {needed:,} would"
        return Verdict(winner=ORIGINAL, reason=reason, scores=tuple(scores.values()), needed_items=needed)
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


def as_good(found: Observations) -> tuple[bool | None, str]:
    """Whether a smaller build of the same image may take the larger one's place, and what was seen, in words.

    Its answers must be the same, and it must be shown to be as fast, within what is called equal elsewhere. None: it
    may be, and these samples do not tell.

    :param found: the larger one first
    """
    if found.failed:
        return False, f"it does not run ({found.failed[0][1]})"
    (larger, smaller), [replay] = found.measurements, found.replays
    if replay.differences:
        return False, f"{len(replay.differences)} of {replay.requests} answers change"
    speed = ratio_of_medians(larger.rounds, smaller.rounds)
    seen = f"{speed.estimate:.2f} times as fast (between {speed.low:.2f} and {speed.high:.2f})"
    if speed.low >= 1 - _TIE:
        return True, seen
    return (False if speed.high < 1 - _TIE else None), seen


def _missed(held: Sequence[Judgement]) -> Iterator[str]:
    """Limits that are refuted, or that no number of items would prove were the loss as seen here."""
    for judgement in held:
        if judgement.ruling == "refuted":
            yield f"{judgement.limit}: refuted"
        elif _is_of_answers(judgement) and judgement.ruling == "undecided" and judgement.needed_samples is None:
            yield (
                judgement.note if judgement.interval is None else "loses more than the limit allows, as far as was seen"
            )


def _needed(held: Sequence[Judgement]) -> int:
    """How many items would prove the loss, were it as seen here; 0 where it is proved already.

    More samples of what ships will decide about anything that is measured in seconds or bytes.
    """
    undecided = (each for each in held if each.ruling == "undecided" and _is_of_answers(each))
    return max((each.needed_samples or 0 for each in undecided), default=0)


def _is_of_answers(judgement: Judgement) -> bool:
    return judgement.unit in ("points", "share")


def _worse(found: Score, baseline: Measurement, other: Measurement, limits: Limits) -> Iterator[str]:
    """In what it is worse than what came in; where a limit was asked for, the limit decides instead."""
    if found.speed is not None and found.speed.estimate < 1:
        yield "slower than the original"
    if other.model_bytes - baseline.model_bytes > _GRAPHS * baseline.model_bytes:
        yield "larger than the original"
    # A few starts a side: worse is what no start of the original was.
    if limits.peak_memory_bytes is None and _beyond(other.peak_memory_bytes, baseline.peak_memory_bytes):
        yield "needs more memory than the original"
    if limits.cold_start_seconds is None and _beyond(other.cold_start_seconds, baseline.cold_start_seconds):
        yield "starts later than the original"
    loss = found.judgements[0]
    if limits.loss_points is not None or limits.keep is not None or loss.interval is None:
        return
    if other.agreement and loss.interval.estimate > _ROUNDING:
        yield f"agrees {loss.interval.estimate:.3g} points less with the original, and no labels say that it is right"
    elif other.agreement:
        return
    elif not other.scored and loss.interval.estimate > 0:
        yield f"changes {loss.interval.estimate:.3g} % of the answers, and no labels say that they stay right"
    elif loss.interval.low > 0:
        yield f"wrong more often than the original, by {loss.interval.estimate:.3g} points"


def _beyond(values: Sequence[float], others: Sequence[float]) -> bool:
    return bool(values and others) and min(values) > max(others)


def _order(fit: Sequence[Measurement]) -> list[Measurement]:
    """Fastest first; among equals the smallest."""
    if not fit:
        return []
    fastest = min(median(each.seconds) for each in fit)

    def rank(each: Measurement) -> tuple[float, int]:
        slowness = median(each.seconds) / fastest
        return (1.0 if slowness <= 1 + _TIE else slowness, each.model_bytes)

    return sorted(fit, key=rank)
