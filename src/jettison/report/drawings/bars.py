"""Bars: an image by what it is made of, and single figures with their raw samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from ...records import Group, Weight
from ..figures import bytes_text, visible
from .svg import Drawing, block, chart, element, percent

GROUPS: tuple[Group, ...] = get_args(Group)

GROUP_WORDS: dict[Group, str] = {
    "base": "base image",
    "system": "system packages",
    "python": "Python packages",
    "model": "model",
    "app": "app",
    "bytecode": "compiled Python",
    "cache": "caches left behind",
    "layers": "layers",
}

UNPACKED_HEIGHT = 20
PULLED_HEIGHT = 6
GAP = 3


def stacked(weight: Weight, *, widest: int, before: Weight | None = None) -> Drawing:
    """One step of the waterfall: unpacked bytes by group, pulled bytes below, and what the step took away as a ghost.

    `widest` is the number of bytes that fills the chart.
    """
    scale = max(widest, 1)
    unpacked = {group: weight.group_bytes(group) for group in GROUPS}
    pulled = {group: _pulled(weight, group) for group in GROUPS}
    shapes = [
        *_row(unpacked, scale, y=0, height=UNPACKED_HEIGHT, kind="unpacked"),
        *_row(pulled, scale, y=UNPACKED_HEIGHT + GAP, height=PULLED_HEIGHT, kind="pulled"),
    ]
    if before and before.unpacked_bytes > weight.unpacked_bytes:
        left, right = weight.unpacked_bytes / scale, before.unpacked_bytes / scale
        taken = f"{bytes_text(before.unpacked_bytes - weight.unpacked_bytes)} less than {visible(before.name, 60)}"
        shapes.append(block(left, right, y=0.5, height=UNPACKED_HEIGHT - 1, class_="ghost", title=taken))
    sizes = f"{bytes_text(weight.unpacked_bytes)} unpacked, {bytes_text(weight.pulled_bytes)} pulled"
    return chart(*shapes, title=f"{visible(weight.name, 60)}: {sizes}", height=UNPACKED_HEIGHT + GAP + PULLED_HEIGHT)


def _pulled(weight: Weight, group: Group) -> int:
    return sum(part.pulled_bytes or 0 for part in weight.parts if part.group == group)


def _row(sizes: Mapping[Group, int], scale: int, *, y: int, height: int, kind: str) -> list[Drawing]:
    shapes, left = [], 0
    for group, size in sizes.items():
        if size > 0:
            title = f"{GROUP_WORDS[group]}: {bytes_text(size)} {kind}"
            place = (left / scale, (left + size) / scale)
            shapes.append(block(*place, y=y, height=height, class_=f"g-{group} {kind}", title=title))
            left += size
    return shapes


def single(value: float, *, widest: float, side: str, title: str, samples: Sequence[float] = ()) -> Drawing:
    """One figure as a bar, its raw samples as dots on it. `side` is ``original`` or ``now``."""
    scale = widest or 1.0
    bar = element("rect", class_=side, x=0, y=0, width=percent(value / scale), height=14, rx=2)
    dots = [element("circle", class_="dot", cx=percent(sample / scale), cy=7, r=2) for sample in samples]
    return chart(bar, *dots, title=title, height=14)
