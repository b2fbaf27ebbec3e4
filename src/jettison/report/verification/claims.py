"""What report.json says of itself: headlines, intervals, rulings, sums, and which answers are equal."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ...answers import outputs, replay
from ...records import Checked, Headline, Image, Interval, Judgement, Measurement, Replay, Report, Score
from ...statistics import judgements, ratio_of_medians
from ..differences import in_ranges
from ..figures import headline_text
from ..formats.json import Envelope
from ..headlines import headlines
from ..identity import digest
from ..sentences import estimate_text
from ..sides import ORIGINAL, same_items, same_rounds, sides

REASON = re.compile(r"(?P<name>\S+): (?P<speed>[\d.]+) times the speed of the original, (?P<size>[\d.]+) MB")
"""What `choose` says of the best candidate."""

TOLERANCE = 1e-12
"""Relative: what another order of additions may change, and nothing else."""


def headline_claims(envelope: Envelope) -> Iterator[Checked]:
    """The digest and every headline, computed again from the raw data."""
    found = digest(envelope.report)
    yield _same("report.json: digest of its content", envelope.digest, found)
    stated: dict[str, list[Headline]] = {}
    for claim in envelope.headlines:
        stated.setdefault(claim.key, []).append(claim)
    for headline in headlines(envelope.report):
        claimed = stated.get(headline.key)
        if claimed:
            claim = claimed.pop(0)
            yield Checked(claim=claim.key, stated=_told(claim), found=_told(headline), holds=_equal(claim, headline))
        else:
            yield Checked(claim=headline.key, stated="nothing", found=_told(headline), holds=False)
    for claim in (claim for left in stated.values() for claim in left):
        yield Checked(claim=claim.key, stated=_told(claim), found="the raw data does not give it", holds=False)


def score_claims(report: Report) -> Iterator[Checked]:
    """Every judgement and speed-up of every score, for the candidates and for the finished image."""
    measured = {one.candidate: one for one in reversed(report.measurements)}
    original = measured.get(ORIGINAL)
    for score in report.verdict.scores:
        yield from _score(f"candidate {score.candidate}", report, score, (original, measured.get(score.candidate)))
    if report.final:
        found = sides(report)
        original = found.original.measurement if found.original else None
        now = found.now.measurement if found.now else None
        yield from _score("final", report, report.final, (original, now), report.image)


def _score(
    name: str,
    report: Report,
    score: Score,
    pair: tuple[Measurement | None, Measurement | None],
    image: Image | None = None,
) -> Iterator[Checked]:
    """One score from the samples of the original and of the candidate."""
    original, one = pair
    if original is None or one is None:
        yield Checked(claim=f"{name}: measured", stated="judged", found="no samples of both sides", holds=False)
        return
    yield _same(f"{name}: interleaved rounds", f"{len(original.rounds)}", f"{len(one.rounds)}")
    if same_rounds(original, one) and original.seconds and one.seconds:
        yield _interval(f"{name}: speed", score.speed, ratio_of_medians(original.rounds, one.rounds))
    if not same_items(original, one):
        yield Checked(claim=f"{name}: labelled items", stated=_items(original), found=_items(one), holds=False)
        return
    truth = report.deployment.truth
    found = judgements(
        report.deployment.limits,
        original,
        one,
        metric=truth.metric if truth else "",
        image_bytes=image.unpacked_bytes if image else None,
    )
    stated = {judgement.limit: judgement for judgement in score.judgements}
    for judgement in found:
        yield _judgement(f"{name}: {judgement.limit}", stated.pop(judgement.limit, None), judgement)
    for judgement in stated.values():
        yield Checked(claim=f"{name}: {judgement.limit}", stated=judgement.ruling, found="no such limit", holds=False)


def _judgement(claim: str, stated: Judgement | None, found: Judgement) -> Checked:
    if stated is None:
        return Checked(claim=claim, stated="not judged", found=found.ruling, holds=False)
    agree = stated.ruling == found.ruling and stated.needed_samples == found.needed_samples
    return Checked(
        claim=claim,
        stated=f"{stated.ruling}: {estimate_text(stated)}",
        found=f"{found.ruling}: {estimate_text(found)}",
        holds=agree and _close(stated.interval, found.interval),
    )


def _interval(claim: str, stated: Interval | None, found: Interval) -> Checked:
    return Checked(claim=claim, stated=_ends(stated), found=_ends(found), holds=_close(stated, found))


def _items(one: Measurement) -> str:
    return f"{len(one.errors)} errors, {len(one.units)} units, {len(one.outputs)} answers"


def record_claims(report: Report) -> Iterator[Checked]:
    """What the records say of each other: sizes, sums, who may win, what may differ."""
    scores = report.verdict.scores
    refuted = {score.candidate for score in scores if any(one.ruling == "refuted" for one in score.judgements)}
    judged = {score.candidate for score in scores} | {ORIGINAL}
    for name in dict.fromkeys((report.verdict.winner, *report.verdict.order)):
        found = "refuted" if name in refuted else "not refuted" if name in judged else "not judged"
        yield _same(f"verdict: {name}", "not refuted", found)
    yield from _reason_claims(report)
    models = {one.name: one.model.size_bytes for one in report.candidates if one.model}
    for one in (*report.measurements, *report.proof):
        if one.candidate in models:
            claim = f"{one.candidate} ({one.level}): bytes of the model"
            yield _same(claim, f"{one.model_bytes}", f"{models[one.candidate]}")
    if report.model_sizes and report.verdict.winner in models:
        last, size = report.model_sizes[-1]
        yield _same(f"model after {last}", f"{size}", f"{models[report.verdict.winner]}")
    if report.image and report.weights:
        final = report.weights[-1]
        claim = f"step {final.name}: sum of the image's layers"
        yield _same(f"{claim}, unpacked", f"{final.unpacked_bytes}", f"{report.image.unpacked_bytes}")
        yield _same(f"{claim}, pulled", f"{final.pulled_bytes}", f"{report.image.compressed_bytes}")
    if report.replay:
        yield from _replay_claims(report, report.replay)


def _replay_claims(report: Report, stated: Replay) -> Iterator[Checked]:
    """The answers of both sides, compared again by the code that compared them first."""
    requests = report.deployment.requests
    counts = [len(requests), stated.requests, len(stated.expected), len(stated.got)]
    whole = len(set(counts)) == 1 and len(stated.unstable) == len(stated.otherwise)
    told = "{} requests, {} replayed, {} and {} answers".format(*counts)
    yield Checked(claim="replay: answers of both sides", stated=told, found="one a request", holds=whole)
    if not whole or not all(0 <= place < len(requests) for place in stated.unstable):
        return
    found = replay(
        stated.candidate,
        requests,
        stated.expected,
        stated.got,
        dict(zip(stated.unstable, stated.otherwise, strict=True)),
        within=report.deployment.scores_within,
    )
    yield Checked(
        claim="replay: differences",
        stated=_numbers(one.index for one in stated.differences),
        found=_numbers(one.index for one in found.differences),
        holds=stated.differences == found.differences,
    )
    yield _same("replay: scores may lie apart by", f"{stated.scores_within}", f"{found.scores_within}")
    yield _same("replay: requests not compared", _numbers(stated.unstable), _numbers(found.unstable))
    if len(report.proof) == 2 and not (report.deployment.truth and report.deployment.truth.verdict):
        for one, said in zip(report.proof, (stated.expected, stated.got), strict=True):
            same = one.outputs == tuple(outputs(stated.expected, said, stated.unstable, found.scores_within))
            claim = f"{one.candidate} ({one.level}): answers that are counted"
            yield Checked(claim=claim, stated="those of the replay", found="they are" if same else "others", holds=same)


def _numbers(places: Iterable[int]) -> str:
    """How many requests, and the first of them."""
    numbers = list(places)
    return f"{len(numbers):,} of the requests" + (f": {in_ranges(numbers)[:80]}" if numbers else "")


def _reason_claims(report: Report) -> Iterator[Checked]:
    """The figures in the verdict's sentence, which are those of the candidate that it names."""
    said = REASON.search(report.verdict.reason)
    if said is None:
        return
    speeds = {score.candidate: score.speed for score in report.verdict.scores if score.speed}
    speed = speeds.get(said["name"])
    size = next((one.model_bytes for one in report.measurements if one.candidate == said["name"]), 0)
    yield _same("verdict: speed in its reason", said["speed"], f"{speed.estimate:.1f}" if speed else "not measured")
    yield _same("verdict: model in its reason", said["size"], f"{size / 1e6:.1f}")


def _same(claim: str, stated: str, found: str) -> Checked:
    return Checked(claim=claim, stated=stated, found=found, holds=stated == found)


def _told(headline: Headline) -> str:
    """Exact, for a change may be too small for three digits."""
    exact = f"{headline.value:.12g} {headline.unit}"
    ends = f", {_ends(headline.interval)}" if headline.interval else ""
    return f"{headline_text(headline)} ({exact} from {headline.samples:,} raw figures{ends})"


def _ends(interval: Interval | None) -> str:
    if interval is None:
        return "none"
    return f"{interval.estimate:.12g}, {interval.low:.12g} to {interval.high:.12g}"


def _equal(stated: Headline, found: Headline) -> bool:
    near = math.isclose(stated.value, found.value, rel_tol=TOLERANCE)
    rest = replace(stated, value=found.value, interval=found.interval) == found
    return near and rest and _close(stated.interval, found.interval)


def _close(stated: Interval | None, found: Interval | None) -> bool:
    if stated is None or found is None:
        return stated is found
    ends = ((stated.estimate, found.estimate), (stated.low, found.low), (stated.high, found.high))
    same = stated.samples == found.samples and math.isclose(stated.confidence, found.confidence)
    return same and all(math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE) for one, other in ends)
