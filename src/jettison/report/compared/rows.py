"""The rows and sentences that both forms of a comparison show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...records import Comparison, Domination, Judgement, Measurement
from ...statistics import median, metric_named, missed_share
from ..drawings.pareto import Spot, letter
from ..figures import bytes_text, confidence_text, seconds_text, significant, visible
from ..sentences import judgement_text
from ..sides import ORIGINAL


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model, in figures as people read them."""

    mark: str
    """Its letter in the plot; small where another model beats it."""
    name: str
    size: str
    latency: str
    speed: str
    """Against the first one: ``1.52×``; empty for the first."""
    memory: str
    right: str
    loss: str
    """Against the first one, with its bound."""
    judgements: tuple[Judgement, ...]
    won: bool
    beaten: bool


def rows(found: Comparison) -> tuple[Row, ...]:
    """In the order in which the models were given."""
    scores = {score.candidate: score for score in found.verdict.scores}
    beaten = {one.candidate for one in found.dominated}
    measurements = found.observations.measurements
    made = []
    for number, one in enumerate(measurements):
        score = scores.get(one.candidate)
        held = score.judgements if score else ()
        interval = held[0].interval if held else None
        made.append(
            Row(
                mark=letter(number, beaten=one.candidate in beaten),
                name=visible(one.candidate, 60),
                size=bytes_text(one.model_bytes),
                latency=seconds_text(median(one.seconds)),
                speed=f"{significant(score.speed.estimate)}×" if score and score.speed else "",
                memory=bytes_text(max(one.peak_memory_bytes, default=0)),
                right=_told(found, measurements[0], one),
                loss=f"{significant(interval.estimate)}, at most {significant(interval.high)}" if interval else "",
                judgements=held,
                won=one.candidate == found.verdict.winner,
                beaten=one.candidate in beaten,
            )
        )
    return tuple(made)


def spots(found: Comparison) -> tuple[Spot, ...]:
    """The same models for the plot."""
    measurements = found.observations.measurements
    beaten = {one.candidate for one in found.dominated}
    return tuple(
        Spot(
            name=one.candidate,
            seconds=median(one.seconds),
            size_bytes=one.model_bytes,
            right=1 - missed_share(measurements[0], one),
            beaten=one.candidate in beaten,
        )
        for one in measurements
    )


def is_agreement(found: Comparison) -> bool:
    """There are no right answers: what is counted is how far a model answers as the first one does."""
    first = found.observations.measurements[0]
    return first.agreement or not first.scored


def right_words(found: Comparison) -> str:
    """What the column of right answers holds: ``accuracy``, ``agreement with model (cosine)``."""
    name = found.metric or "same answers"
    if is_agreement(found):
        return f"agreement with {visible(found.observations.measurements[0].candidate, 40)} ({visible(name)})"
    return visible(name)


def plotted_words(found: Comparison) -> str:
    """The same for what is drawn upward: larger is better there, for error rates too."""
    return right_words(found) if _rises(found) else f"1 − {right_words(found)}"


def sentences(found: Comparison) -> Iterator[tuple[str, str]]:
    """(kind, sentence) for everything that is to be said beside the table."""
    for one in found.dominated:
        yield "dominated", domination_text(one)
    for score in found.verdict.scores:
        for judgement in score.judgements:
            if judgement.ruling != "not asked":
                yield judgement.ruling, f"{visible(score.candidate, 60)}: {judgement_text(judgement)}"
        if score.objection:
            yield "not chosen", f"{visible(score.candidate, 60)}: {visible(score.objection)}"
    for name, reason in found.observations.failed:
        yield "failed", f"{visible(name, 60)}: {visible(reason, 400)}"
    if is_agreement(found):
        first = visible(found.observations.measurements[0].candidate, 60)
        yield "note", f"There are no right answers in {visible(found.data)}: what counts is agreement with {first}."
    if found.judged_at > found.limits.confidence:
        each, together = confidence_text(found.judged_at), confidence_text(found.limits.confidence)
        yield "note", f"Each model is judged at {each}, so that all of it holds together at {together}."
    for note in found.notes:
        yield "note", visible(note)


def domination_text(one: Domination) -> str:
    """``b is dominated by a: larger, slower and no more right``."""
    words = (
        "larger" if one.larger else "as large",
        "slower" if one.slower else "as fast",
        "less right" if one.less_right else "no more right",
    )
    return f"{visible(one.candidate, 60)} is dominated by {visible(one.by, 60)}: {words[0]}, {words[1]} and {words[2]}"


def outcome(found: Comparison) -> str:
    """Which one wins, or why none does, in a sentence."""
    winner = found.verdict.winner
    reason = found.verdict.reason.removeprefix(f"{winner}: ")
    if winner == ORIGINAL:
        return f"{visible(found.observations.measurements[0].candidate, 60)} stays: {visible(reason, 400)}."
    return f"{visible(winner, 60)} is chosen: {visible(reason, 400)}."


def _told(found: Comparison, baseline: Measurement, one: Measurement) -> str:
    share = missed_share(baseline, one)
    return f"{significant(100 * (1 - share if _rises(found) else share))} %"


def _rises(found: Comparison) -> bool:
    metric = metric_named(found.metric)
    return metric is None or metric.rises or is_agreement(found)
