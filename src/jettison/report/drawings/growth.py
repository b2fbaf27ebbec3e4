"""What an endpoint holds over its requests: bytes in use with the slope that was found, below it what is resident."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ...records import Growth, Phase, Reading
from ..figures import bytes_text, visible
from .svg import Drawing, block, chart, element, percent

HEIGHT, PANEL, GAP, TOP = 250, 130, 22, 20
RESIDENT = HEIGHT - PANEL - GAP - TOP - 24
_LEAST = 4096
"""A page: smaller changes do not fill the height."""
_WORDS: dict[Phase, str] = {
    "warm-up": "warm-up",
    "repeated": "the same again and again",
    "new sizes": "new sizes",
    "new requests": "new",
    "again": "again",
    "idle": "",
    "start": "",
    "trimmed": "",
}


@dataclass(frozen=True, kw_only=True)
class _Panel:
    """One of the two curves."""

    name: str
    value: Callable[[Reading], int]
    top: int
    height: int
    side: str
    limit_bytes: int | None = None


def curves(growth: Growth, *, limit_bytes: int | None = None) -> Drawing:
    """Both curves on one axis of requests; a note in place of them when there are fewer than two readings.

    `limit_bytes` is drawn where it lies within reach of what is resident.
    """
    readings = growth.readings
    if len(readings) < 2 or readings[-1].requests == 0:
        return element("p", "Too few readings to draw.", class_="note")
    shapes = _bands(readings)
    in_use = _Panel(name="in use", value=lambda each: each.in_use_bytes, top=TOP, height=PANEL, side="now")
    shapes += _curve(readings, in_use)
    shapes += _fit(growth)
    resident = max(each.resident_bytes for each in readings)
    near = limit_bytes if limit_bytes is not None and limit_bytes < 3 * resident else None
    below = _Panel(
        name="resident",
        value=lambda each: each.resident_bytes,
        top=TOP + PANEL + GAP,
        height=RESIDENT,
        side="original",
        limit_bytes=near,
    )
    shapes += _curve(readings, below)
    for share, anchor in ((0.0, "start"), (0.5, ""), (1.0, "end")):
        words = f"{share * readings[-1].requests:,.0f} requests" if share else "0"
        shapes.append(element("text", words, class_=f"label {anchor}".strip(), x=percent(share), y=HEIGHT - 4))
    title = f"Bytes in use and resident while {growth.endpoint} was asked {growth.requests:,} times"
    return chart(*shapes, title=visible(title, 300), height=HEIGHT, class_="growth")


def _x(each: Reading, readings: Sequence[Reading]) -> float:
    return each.requests / readings[-1].requests


def _bands(readings: Sequence[Reading]) -> list[Drawing]:
    """Where another phase begins."""
    shapes: list[Drawing] = []
    starts = [(a, b) for a, b in pairwise(readings) if a.phase != b.phase and _WORDS[b.phase]]
    for number, (last, first) in enumerate(starts):
        x = _x(last, readings)
        end = _x(starts[number + 1][0], readings) if number + 1 < len(starts) else 1.0
        if number % 2:
            shapes.append(block(x, end, y=TOP, height=HEIGHT - TOP - 20, class_="band"))
        if end - x > 0.09:
            shapes.append(element("text", _WORDS[first.phase], class_="label start", x=percent(x), y=TOP - 6, dx=3))
    return shapes


def _curve(readings: Sequence[Reading], panel: _Panel) -> list[Drawing]:
    value, top, height, side, limit_bytes = panel.value, panel.top, panel.height, panel.side, panel.limit_bytes
    values = [value(each) for each in readings]
    low, high = min(values), max(*values, limit_bytes or 0)
    span = max(high - low, _LEAST)

    def y(value: float) -> float:
        return round(top + height * (1 - (value - low) / span), 2)

    lines = [
        element("line", x1=percent(_x(a, readings)), x2=percent(_x(b, readings)), y1=y(value(a)), y2=y(value(b)))
        for a, b in pairwise(readings)
    ]
    dots = [
        element("circle", cx=percent(_x(each, readings)), cy=y(value(each)), r=1.6, title=_told(each))
        for each in readings
    ]
    shapes = [
        element("line", class_="tick", x1="0%", x2="100%", y1=top + height, y2=top + height),
        element("g", *lines, class_=f"{side} line"),
        element("g", *dots, class_=f"{side} points"),
        element(
            "text",
            f"{panel.name}: {bytes_text(values[0])} → {bytes_text(values[-1])}",
            class_="label end",
            x="100%",
            y=top + 12,
        ),
    ]
    if limit_bytes is not None:
        shapes.append(element("line", class_="limit", x1="0%", x2="100%", y1=y(limit_bytes), y2=y(limit_bytes)))
        shapes.append(element("text", "limit", class_="label start", x="0%", y=y(limit_bytes) + 12))
    return shapes


def _fit(growth: Growth) -> list[Drawing]:
    """The slope that was found, through the middle of the last readings of the repeated requests."""
    readings = growth.readings
    repeated = [each for each in readings if each.phase == "repeated"]
    if growth.kept is None or len(repeated) < 2:
        return []
    values = [each.in_use_bytes for each in readings]
    low, span = min(values), max(max(values) - min(values), _LEAST)
    first, last = repeated[len(repeated) // 3], repeated[-1]
    middle = repeated[(len(repeated) // 3 + len(repeated)) // 2]

    def y(each: Reading) -> float:
        value = middle.in_use_bytes + growth.kept.estimate * (each.requests - middle.requests) if growth.kept else 0
        return round(TOP + PANEL * (1 - (value - low) / span), 2)

    ends = {"x1": percent(_x(first, readings)), "x2": percent(_x(last, readings))}
    return [element("line", class_="fit", y1=y(first), y2=y(last), **ends)]


def _told(each: Reading) -> str:
    return f"{each.requests:,} requests: {each.in_use_bytes:,} B in use, {bytes_text(each.resident_bytes)} resident"
