"""Latencies of both sides on one logarithmic axis: how often each was seen, every sample's place in time, medians."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...statistics import median
from ..figures import seconds_text
from .svg import Drawing, block, chart, element, percent

BINS = 120
"""Of the whole axis."""
MOST_POINTS = 240
"""Of each side: more would tell no more and make the page heavy."""
ROW = 92
PEAK = 54
"""Height of the fullest bin."""
STRIP = 24
AXIS = 22


def distributions(original: Sequence[float], now: Sequence[float]) -> Drawing:
    """Two rows, the original above. Latencies in seconds; those that are not above 0 are left out."""
    rows = [[value for value in side if value > 0] for side in (original, now)]
    low, high = min(min(row) for row in rows if row) / 1.15, max(max(row) for row in rows if row) * 1.15
    axis = _Axis(low, high)
    shapes = [*axis.ticks(2 * ROW)]
    for index, (side, values) in enumerate(zip(("original", "now"), rows, strict=True)):
        if values:
            shapes += _row(axis, values, side, index * ROW)
    words = " and ".join(
        f"{name}: median {seconds_text(median(row))} of {len(row):,} requests"
        for name, row in zip(("original", "now"), rows, strict=True)
        if row
    )
    return chart(*shapes, title=f"Latency of {words}, on a logarithmic axis", height=2 * ROW + AXIS, class_="latency")


def thinned(values: Sequence[float], most: int = MOST_POINTS) -> list[tuple[int, float]]:
    """Every so many-th value with its place in the sequence; all of them when there are few."""
    count = min(most, len(values))
    return [(index * len(values) // count, values[index * len(values) // count]) for index in range(count)]


class _Axis:
    """Seconds to shares of the chart's width."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.span = math.log10(low), math.log10(high) - math.log10(low)

    def place(self, seconds: float) -> float:
        return (math.log10(seconds) - self.low) / self.span

    def ticks(self, height: int) -> list[Drawing]:
        """Lines at every 1, 2 and 5 of a decade with labels below; more on a narrow axis, fewer on a wide one."""
        steps = range(1, 10) if self.span < 0.6 else (1, 2, 5) if self.span < 2.5 else (1,)
        first, last = math.floor(self.low), math.ceil(self.low + self.span)
        shapes = []
        for seconds in (step * 10.0**decade for decade in range(first, last + 1) for step in steps):
            if 0.02 <= self.place(seconds) <= 0.98:
                x = percent(self.place(seconds))
                shapes.append(element("line", class_="tick", x1=x, x2=x, y1=0, y2=height))
                shapes.append(element("text", _label(seconds), class_="label", x=x, y=height + 15))
        return shapes


def _label(seconds: float) -> str:
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size * 0.999:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 1e-6:g} µs"


def _row(axis: _Axis, values: Sequence[float], side: str, top: int) -> list[Drawing]:
    counts = [0] * BINS
    for value in values:
        counts[min(BINS - 1, int(axis.place(value) * BINS))] += 1
    floor = top + 8 + PEAK
    bars = []
    for index, count in enumerate(counts):
        if count:
            height = max(1.0, PEAK * count / max(counts))
            bars.append(block(index / BINS, (index + 1) / BINS, y=floor - height, height=height))
    dots = []
    for index, value in thinned(values):
        y = floor + 4 + (STRIP - 6) * index / len(values)
        dots.append(element("circle", cx=percent(axis.place(value)), cy=round(y, 1), r=1.3))
    x = percent(axis.place(median(values)))
    return [
        element("g", *bars, class_=side),
        element("g", *dots, class_=f"{side} points"),
        element("line", class_="median", x1=x, x2=x, y1=top + 4, y2=floor + STRIP - 2),
    ]
