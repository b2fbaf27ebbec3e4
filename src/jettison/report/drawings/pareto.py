"""Models as circles: latency across on a logarithmic axis, right answers upward, bytes as area; dots for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..figures import bytes_text, seconds_text, significant, visible
from .svg import Drawing, chart, element, percent

HEIGHT = 300
TOP, BOTTOM = 34, 40
LARGEST = 22.0
"""Radius of the largest model."""
SMALLEST = 3.0
_EDGE = 0.06
"""Of the width, left free on both sides."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """One model."""

    name: str
    seconds: float
    """Median latency, above 0."""
    size_bytes: int
    right: float
    """Share of 1."""
    beaten: bool
    """Another one is better in everything."""


@dataclass(frozen=True, kw_only=True)
class _Plane:
    """Where a spot lies, as shares of the width and of the height from below."""

    left: float
    width: float
    low: float
    height: float

    def x(self, seconds: float) -> float:
        return _EDGE + (1 - 2 * _EDGE) * (math.log10(seconds) - self.left) / self.width

    def y(self, right: float) -> float:
        return (right - self.low) / self.height


def _plane(spots: Sequence[Spot]) -> _Plane:
    times = [math.log10(spot.seconds) for spot in spots]
    rights = [spot.right for spot in spots]
    # Differences that cannot be seen in the figures shall not fill the height.
    margin = max(0.1 * (max(rights) - min(rights)), 0.002)
    low = min(rights) - margin
    return _Plane(
        left=min(times) - 0.02,
        width=max(times) - min(times) + 0.04,
        low=low,
        height=max(rights) + margin - low,
    )


def pareto(spots: Sequence[Spot], *, right: str) -> Drawing:
    """The plot; `right` names what is drawn upward. At least one spot."""
    plane = _plane(spots)
    floor = HEIGHT - BOTTOM
    largest = max(spot.size_bytes for spot in spots)
    shapes: list[Drawing] = [
        element("line", class_="tick", x1="0%", x2="100%", y1=floor, y2=floor),
        element("text", f"{visible(right)} ↑", class_="label start", x="0%", y=14),
        element("text", "median latency, logarithmic →", class_="label end", x="100%", y=HEIGHT - 4),
    ]
    for seconds in sorted({min(spot.seconds for spot in spots), max(spot.seconds for spot in spots)}):
        shapes.append(element("text", seconds_text(seconds), class_="label", x=percent(plane.x(seconds)), y=floor + 16))
    # Small ones last, so that none hides behind a large one.
    for spot in sorted(spots, key=lambda spot: -spot.size_bytes):
        shapes += _circle(spot, plane, largest, floor)
    beaten = ", ".join(spot.name for spot in spots if spot.beaten) or "none"
    title = f"{len(spots)} models by latency, {right} and bytes; beaten in everything: {beaten}"
    return chart(*shapes, title=visible(title, 400), height=HEIGHT, class_="pareto")


def _circle(spot: Spot, plane: _Plane, largest: int, floor: int) -> list[Drawing]:
    x, y = plane.x(spot.seconds), floor - plane.y(spot.right) * (floor - TOP)
    radius = max(SMALLEST, LARGEST * math.sqrt(spot.size_bytes / largest))
    told = (
        f"{spot.name}: {seconds_text(spot.seconds)}, {bytes_text(spot.size_bytes)}, {significant(100 * spot.right)} %"
    )
    side = "start" if x < 0.7 else "end"
    return [
        element(
            "circle",
            title=visible(told),
            class_="original" if spot.beaten else "now",
            cx=percent(x),
            cy=y,
            r=radius,
            fill_opacity=0.75,
        ),
        element(
            "text",
            visible(spot.name, 40),
            class_=f"label {side}",
            x=percent(x),
            y=y + 4,
            dx=(radius + 5) * (1 if side == "start" else -1),
        ),
    ]


def in_cells(spots: Sequence[Spot], *, columns: int = 60, rows: int = 12) -> list[str]:
    """The same for a terminal: a letter a model in the order given, capital where none beats it.

    Where two fall on one cell the later one moves to the next free one.
    """
    plane = _plane(spots)
    cells = [[" "] * columns for _ in range(rows)]
    for number, spot in enumerate(spots):
        column = min(columns - 1, int(plane.x(spot.seconds) * columns))
        row = min(rows - 1, int((1 - plane.y(spot.right)) * rows))
        while cells[row][column] != " ":
            column, row = (column + 1, row) if column + 1 < columns else (0, (row + 1) % rows)
        cells[row][column] = letter(number, beaten=spot.beaten)
    return ["".join(row).rstrip() for row in cells]


def letter(number: int, *, beaten: bool) -> str:
    """What stands for the model of that number, from 0 on; after 26 they begin again."""
    found = chr(ord("A") + number % 26)
    return found.lower() if beaten else found
