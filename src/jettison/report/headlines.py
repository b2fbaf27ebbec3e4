"""Every number that a reader takes away, computed from the raw samples of a report and from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from ..records import Headline, Image, Known, Report, Weight
from ..statistics import earned_percentile, error_rate, judgements, median, ratio_of_medians
from .figures import scores_text
from .sides import Side, same_items, same_rounds, sides

PERCENTILES = (90, 95, 99)
PERCENTILE_CONFIDENCE = 0.99


def headlines(report: Report) -> tuple[Headline, ...]:
    """All of them, in the order in which a reader meets them. What was not measured has no headline."""
    found = sides(report)
    made = [*_image(report), *_model(report)]
    for subject, side in (("original", found.original), ("now", found.now)):
        if side:
            made += _measured(subject, side)
    if found.pair:
        made += _changes(*found.pair)
        made += _answers(report, *found.pair)
    made += _replay(report)
    for index, weight in enumerate(report.weights):
        made += _weight(f"step {weight.name}", f"weights[{index}]", weight)
    for index, one in enumerate(report.measurements):
        made += _measured(f"candidate {one.candidate}", Side(measurement=one, path=f"measurements[{index}]"))
    return tuple(made)


def _image(report: Report) -> Iterator[Headline]:
    before = report.weights[0] if report.weights else None
    if before:
        yield from _weight("original", "weights[0]", before)
    if report.image:
        yield from _built(report.image)
    if before and report.image:
        for after, original in zip(_built(report.image), _weight("original", "weights[0]", before), strict=True):
            yield from _factor(after.name, original.value, after.value, bound=original.bound)


def _weight(subject: str, path: str, weight: Weight) -> tuple[Headline, Headline]:
    """Unpacked and pulled. What could not be weighed makes a sum a lower bound."""
    unpacked = Headline(
        subject=subject,
        name="image, unpacked",
        value=weight.unpacked_bytes,
        unit="bytes",
        samples=len(weight.parts),
        derived="sum over the parts",
        raw=f"{path}.parts[*].unpacked_bytes",
        bound="≥" if weight.missing else "",
        known=known(weight),
    )
    sizes = [part.pulled_bytes for part in weight.parts if part.pulled_bytes is not None]
    pulled = replace(
        unpacked,
        name="image, pulled",
        value=sum(sizes),
        samples=len(sizes),
        derived="sum over the parts whose compressed size is known",
        raw=f"{path}.parts[*].pulled_bytes",
        bound="≥" if weight.missing or len(sizes) < len(weight.parts) else "",
    )
    return unpacked, pulled


def known(weight: Weight) -> tuple[Known, ...]:
    """How the bytes of a weight are known, the largest share first."""
    ways: tuple[Known, ...] = ("built", "weighed", "table")
    shares = {way: sum(part.unpacked_bytes for part in weight.parts if part.known == way) for way in ways}
    return tuple(sorted((way for way in ways if shares[way] > 0), key=lambda way: -shares[way]))


def _built(image: Image) -> Iterator[Headline]:
    for name, field, value in (
        ("image, unpacked", "unpacked_bytes", image.unpacked_bytes),
        ("image, pulled", "compressed_bytes", image.compressed_bytes),
    ):
        yield Headline(
            subject="now",
            name=name,
            value=value,
            unit="bytes",
            samples=len(image.layers),
            derived="sum over the layers as written",
            raw=f"image.layers[*].{field}",
            known=("built",),
        )


def _model(report: Report) -> Iterator[Headline]:
    for index, (name, size) in enumerate(report.model_sizes):
        yield Headline(
            subject=f"step {name}",
            name="model",
            value=size,
            unit="bytes",
            samples=1,
            derived="bytes on disk",
            raw=f"model_sizes[{index}]",
        )


def _measured(subject: str, side: Side) -> Iterator[Headline]:
    """What the samples of one measurement say."""
    one, path = side.measurement, side.path
    start = Headline(
        subject=subject,
        name="model",
        value=one.model_bytes,
        unit="bytes",
        samples=1,
        derived="bytes on disk",
        raw=f"{path}.model_bytes",
    )
    yield start
    if seconds := one.seconds:
        latency = replace(start, unit="seconds", samples=len(seconds), raw=f"{path}.rounds")
        yield replace(latency, name="median latency", value=median(seconds), derived="median of all requests")
        for percent in PERCENTILES:
            bound = earned_percentile(seconds, percent, confidence=PERCENTILE_CONFIDENCE)
            if bound is not None:
                how = f"order statistic that bounds the percentile at {PERCENTILE_CONFIDENCE:.0%} confidence"
                yield replace(latency, name=f"p{percent} latency", value=bound, bound="≤", derived=how)
    if peaks := one.peak_memory_bytes:
        yield replace(
            start,
            name="peak memory",
            value=max(peaks),
            samples=len(peaks),
            derived="largest of the process starts",
            raw=f"{path}.peak_memory_bytes",
        )
    if starts := one.cold_start_seconds:
        yield replace(
            start,
            name="cold start",
            value=median(starts),
            unit="seconds",
            samples=len(starts),
            derived="median of the process starts",
            raw=f"{path}.cold_start_seconds",
        )
    rate = error_rate(one)
    if rate is not None and not one.agreement:
        yield replace(
            start,
            name="error rate",
            value=rate,
            unit="share",
            samples=len(one.errors) or len(one.counts),
            derived=f"1 less {one.metric}" if one.counts else "sum of errors over sum of units",
            raw=f"{path}.counts" if one.counts else f"{path}.errors, {path}.units",
        )


def _changes(original: Side, now: Side) -> Iterator[Headline]:
    before, after = original.measurement, now.measurement
    raw = f"{original.path}, {now.path}"
    yield from _factor("model", before.model_bytes, after.model_bytes, raw=raw)
    if before.seconds and after.seconds and same_rounds(before, after):
        speed = ratio_of_medians(before.rounds, after.rounds)
        yield Headline(
            subject="change",
            name="latency",
            value=speed.estimate,
            unit="ratio",
            samples=len(before.seconds) + len(after.seconds),
            derived="median over interleaved rounds of the ratio of the medians; interval by bootstrap over rounds",
            raw=f"{original.path}.rounds, {now.path}.rounds",
            interval=speed,
        )
    if before.peak_memory_bytes and after.peak_memory_bytes:
        yield from _factor("peak memory", max(before.peak_memory_bytes), max(after.peak_memory_bytes), raw=raw)
    if before.cold_start_seconds and after.cold_start_seconds:
        yield from _factor("cold start", median(before.cold_start_seconds), median(after.cold_start_seconds), raw=raw)


def _factor(
    name: str, before: float, after: float, *, raw: str = "weights[0], image", bound: Literal["", "≥", "≤"] = ""
) -> Iterator[Headline]:
    """Original over now; nothing when one of them is not a size."""
    if before > 0 and after > 0:
        yield Headline(
            subject="change",
            name=name,
            value=before / after,
            unit="ratio",
            samples=2,
            derived="original over now",
            raw=raw,
            bound=bound,
        )


def _answers(report: Report, original: Side, now: Side) -> Iterator[Headline]:
    """The loss against the original, or the answers that changed when there are no labels."""
    if not same_items(original.measurement, now.measurement):
        return
    truth = report.deployment.truth
    made = judgements(
        report.deployment.limits, original.measurement, now.measurement, metric=truth.metric if truth else ""
    )
    labelled = all(side.measurement.scored and not side.measurement.agreement for side in (original, now))
    if interval := made[0].interval:
        yield Headline(
            subject="change",
            name="loss" if labelled else "answers changed",
            value=interval.estimate,
            unit="points",
            samples=interval.samples,
            derived="paired difference over all items; one-sided bounds by bootstrap over items",
            raw=f"{original.path}, {now.path}",
            interval=interval,
        )


def _replay(report: Report) -> Iterator[Headline]:
    if replay := report.replay:
        compared = replay.requests - len(replay.unstable)
        equal = Headline(
            subject="now",
            name="answers equal",
            value=compared - len(replay.differences),
            unit="count",
            samples=compared,
            derived=f"requests compared, less those answered differently{scores_text(replay)}",
            raw="replay",
        )
        yield equal
        how = "requests sent to both sides, less those that the original answers differently every time"
        yield replace(equal, name="requests compared", value=compared, derived=how)
