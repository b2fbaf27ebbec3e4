"""What was measured on both sides, as charts with their numbers beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...records import Headline, Report
from ..drawings.bars import single
from ..drawings.latency import MOST_POINTS, distributions
from ..drawings.svg import Drawing
from ..figures import headline_text, interval_text, visible
from ..headlines import PERCENTILES
from ..sentences import Figures, change_words
from ..sides import sides


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar with its name and figure."""

    name: str
    headline: Headline
    drawing: Drawing


@dataclass(frozen=True, kw_only=True)
class LatencyRow:
    """The numbers of one side."""

    name: str
    median: Headline
    percentiles: tuple[Headline | None, ...]
    """In the order of `PERCENTILES`; None where the sample does not earn one."""


@dataclass(frozen=True, kw_only=True)
class Latency:
    """The distributions of both sides."""

    lead: str
    drawing: Drawing
    rows: tuple[LatencyRow, ...]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Memory, or cold start: a bar a side, raw figures as dots."""

    title: str
    bars: tuple[Bar, ...]
    note: str


def latency(report: Report, figures: Figures) -> Latency | None:
    """None when the two sides were not both measured."""
    pair, speed = sides(report).pair, figures.get("change: latency")
    if pair is None or speed is None or speed.interval is None:
        return None
    samples = [side.measurement.seconds for side in pair]
    points = "; the dots are the requests in their order" + (
        f", {MOST_POINTS} evenly spaced ones of each side" if max(map(len, samples)) > MOST_POINTS else ""
    )
    words = change_words(speed, "faster", "slower", "as fast")
    between = f"{interval_text(speed.interval, 'ratio')} at 95 % confidence"
    return Latency(
        lead=f"{words[:1].upper()}{words[1:]}, {between} over {speed.interval.samples} interleaved rounds{points}. "
        "The axis is logarithmic.",
        drawing=distributions(*samples),
        rows=tuple(
            LatencyRow(
                name=name,
                median=figures[f"{name}: median latency"],
                percentiles=tuple(figures.get(f"{name}: p{percent} latency") for percent in PERCENTILES),
            )
            for name in ("original", "now")
        ),
    )


def costs(report: Report, figures: Figures) -> tuple[Cost, ...]:
    """Peak memory and cold start, for the sides that were measured."""
    found = sides(report)
    measured = [(name, side.measurement) for name, side in (("original", found.original), ("now", found.now)) if side]
    memory = [(name, one.peak_memory_bytes) for name, one in measured]
    starts = [(name, one.cold_start_seconds) for name, one in measured]
    made = (
        Cost(
            title="Peak memory",
            bars=_bars("peak memory", memory, figures),
            note="Largest resident sets of all processes, summed. A dot is one start, the figure the largest of them.",
        ),
        Cost(
            title="Cold start",
            bars=_bars("cold start", starts, figures),
            note="From the start to the end of the first right answer. A dot is one start, the figure their median.",
        ),
    )
    return tuple(cost for cost in made if cost.bars)


def _bars(name: str, samples: Sequence[tuple[str, Sequence[float]]], figures: Figures) -> tuple[Bar, ...]:
    widest = max((value for _, values in samples for value in values), default=0.0)
    return tuple(
        Bar(name=side, headline=headline, drawing=_bar(headline, side, widest, values))
        for side, values in samples
        if (headline := figures.get(f"{side}: {name}"))
    )


def models(report: Report, figures: Figures) -> tuple[Bar, ...]:
    """The model on disk after every step."""
    widest = max((size for _, size in report.model_sizes), default=0)
    return tuple(
        Bar(name=name, headline=headline, drawing=_bar(headline, "now" if index else "original", widest))
        for index, (name, _) in enumerate(report.model_sizes)
        if (headline := figures.get(f"step {name}: model"))
    )


def _bar(headline: Headline, side: str, widest: float, samples: Sequence[float] = ()) -> Drawing:
    title = f"{visible(headline.key)}: {headline_text(headline)}"
    return single(headline.value, widest=widest, side=side, title=title, samples=samples)
