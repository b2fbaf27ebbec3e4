"""Every limit that was asked for, held against a candidate: proved, refuted, or undecided, and what would decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jettison.records import Interval, Judgement, Limits, Measurement, Ruling, Unit

from .losses import Flips, Rows, paired
from .percentiles import exact, needed_for_percentile, percentile_interval, range_interval


def ruling(interval: Interval, limit: float) -> Ruling:
    """``proved`` when all of the interval is within the limit, ``refuted`` when all of it is beyond."""
    if interval.high <= limit:
        return "proved"
    return "refuted" if interval.low > limit else "undecided"


def judgements(
    limits: Limits, baseline: Measurement, candidate: Measurement, *, metric: str = "", image_bytes: int | None = None
) -> tuple[Judgement, ...]:
    """Every limit that was asked for, held against the candidate; before all others its loss, asked or not.

    `metric` names the score of labelled data. `image_bytes` is the finished image, unpacked; without one, a
    limit on it is left out. ValueError when the two sides did not answer the same items.
    """
    before, after, words, note = _right_answers(baseline, candidate, metric)
    sides = paired(before, after) if before.scored else None
    made = [_loss_judgement(limits, sides, words, note)]
    if limits.keep is not None:
        made.append(_keep_judgement(limits.keep, limits.confidence, sides, words, note))
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


def _right_answers(
    baseline: Measurement, candidate: Measurement, metric: str
) -> tuple[Measurement, Measurement, str, str]:
    """The two sides as they are compared, what is compared in words, and a remark.

    Without labels every answer that changed counts as wrong: what is really lost can only be less.
    """
    if baseline.scored and candidate.scored:
        name = metric or baseline.metric or "accuracy"
        if baseline.agreement:
            return baseline, candidate, f"agreement ({name})", "no labels: the original's own answers count as right"
        return baseline, candidate, name, ""
    changed = tuple(float(a != b) for a, b in zip(baseline.outputs, candidate.outputs, strict=True))
    before = replace(baseline, metric="", errors=(0.0,) * len(changed), units=(1.0,) * len(changed), counts=())
    after = replace(before, errors=changed)
    return before, after, "", "no labels, so every change counts as an error"


def _loss_judgement(limits: Limits, sides: Flips | Rows | None, name: str, note: str) -> Judgement:
    words = f"loss of {name}" if name else "answers changed"
    if limits.loss_points is not None:
        words = f"{words} at most {limits.loss_points:g} points"
    if sides is None:
        return _judgement(words, limits.loss_points, None, "points", note="neither labels nor answers to compare")
    interval = sides.loss(limits.confidence)
    blank = _judgement(words, limits.loss_points, interval, "points", note=note)
    if blank.ruling != "undecided" or limits.loss_points is None:
        return blank
    return replace(blank, needed_samples=sides.needed(limits.loss_points, limits.confidence))


def _keep_judgement(share: float, confidence: float, sides: Flips | Rows | None, name: str, note: str) -> Judgement:
    """Proved when even the lower bound of what is kept reaches the share that was asked for."""
    blank = Judgement(
        limit=f"{name or 'same answers'}: at least {100 * share:g} % of the original's",
        ruling="undecided",
        unit="share",
        note=note,
    )
    if sides is None:
        return replace(blank, note="neither labels nor answers to compare")
    interval = sides.kept(confidence)
    if interval is None:
        return replace(blank, note="the original itself scores nothing, so there is nothing to keep")
    if interval.low >= share:
        return replace(blank, interval=interval, ruling="proved")
    if interval.high < share:
        return replace(blank, interval=interval, ruling="refuted")
    more = sides.needed(100 * (1 - share) * sides.scored, confidence)
    return replace(blank, interval=interval, needed_samples=more)


def _p95_judgement(values: Sequence[float], limit: float, confidence: float) -> Judgement:
    interval = percentile_interval(values, 95, confidence=confidence)
    short = None if interval else needed_for_percentile(95, confidence=confidence)
    note = "" if interval else f"{len(values)} samples do not earn a p95"
    held = _judgement(f"p95 latency at most {1000 * limit:g} ms", limit, interval, "seconds", note=note)
    return replace(held, needed_samples=short)


def _judgement(words: str, limit: float | None, interval: Interval | None, unit: Unit, *, note: str = "") -> Judgement:
    blank = Judgement(limit=words, ruling="not asked", interval=interval, unit=unit, note=note)
    if limit is None:
        return blank
    if interval is None:
        return replace(blank, ruling="undecided", note=note or "not measured")
    return replace(blank, ruling=ruling(interval, limit))


def _range(values: Sequence[float]) -> Interval | None:
    return range_interval(values) if values else None
