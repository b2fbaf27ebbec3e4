"""What a window kept, by the calls that allocated it: outermost calls on top, as wide as what they keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

from ...records import Allocations, Frame
from ..figures import bytes_text, visible
from .svg import Drawing, chart, element, percent

ROW = 19
_MOST_CALLS = 240
_LEAST_SHARE = 0.003
_NARROW = 0.03
"""Below this share of the width a call has no words."""
_MOST_ROWS = 40
_PACKAGE = re.compile(r"/(?:site|dist)-packages/([^/]+)")
_STANDARD = re.compile(r"/python3(?:\.\d+)?/([\w-]+)")


@dataclass
class _Call:
    """A call, or several of one package in a row."""

    label: str
    kind: str
    """``own``, ``library``, ``native``."""
    size_bytes: int = 0
    blocks: int = 0
    calls: dict[str, _Call] = field(default_factory=dict)


def flame(found: Allocations) -> Drawing:
    """The graph; a note in place of it when nothing was kept."""
    root = _tree(found)
    if not root.size_bytes:
        return element("p", "Nothing was kept.", class_="note")
    requests = max(1, sum(found.requests))
    placed = tuple(_placed(root))
    shapes = [_shape(call, left, row, root.size_bytes, requests) for call, left, row in placed]
    rows = max(row for _, _, row in placed)
    title = f"{bytes_text(root.size_bytes)} kept of {sum(found.requests):,} requests, by call"
    return chart(*shapes, title=title, height=ROW * (rows + 1), class_="flame")


def _tree(found: Allocations) -> _Call:
    root = _Call(label="kept", kind="library")
    lasting = [each for each in found.kept if 2 * sum(size > 0 for size in each.size_bytes) > len(each.size_bytes)]
    # What is in a part or two of the window is no leak; where nothing else was kept, it is all that there is to show.
    for each in lasting or found.kept:
        size, blocks = sum(each.size_bytes), sum(each.blocks)
        call = root
        call.size_bytes += size
        call.blocks += blocks
        for label, kind in _labels([found.frames[index] for index in reversed(each.stack)]):
            call = call.calls.setdefault(label, _Call(label=label, kind=kind))
            call.size_bytes += size
            call.blocks += blocks
    return root


def _labels(stack: Sequence[Frame]) -> Iterator[tuple[str, str]]:
    """What a call is named: the service's own with their lines; those of a package in a row are one."""
    before = ""
    for frame in stack:
        if frame.own:
            before = ""
            yield f"{frame.function or '?'} {frame.file}:{frame.line}", "own"
            continue
        if frame.native:
            before = ""
            line = f":{frame.line}" if frame.line else ""
            name = frame.file.rpartition("/")[2]
            yield f"{frame.function} {'' if name == '<unknown>' else name + line}".strip(), "native"
            continue
        package = _package(frame.file)
        if package != before:
            yield package, "library"
        before = package


def _package(file: str) -> str:
    found = _PACKAGE.search(file) or _STANDARD.search(file)
    return found[1].removesuffix(".py") if found else file.rpartition("/")[2]


def _placed(root: _Call) -> Iterator[tuple[_Call, float, int]]:
    """(call, left edge as a share of the width, row) of the widest calls; a call comes after those around it."""
    order = count()
    waiting = [(-root.size_bytes, next(order), root, 0.0, 0)]
    for _ in range(_MOST_CALLS):
        if not waiting:
            return
        _, _, call, left, row = heappop(waiting)
        yield call, left, row
        for inner in sorted(call.calls.values(), key=lambda each: (-each.size_bytes, each.label)):
            width = inner.size_bytes / root.size_bytes
            if width >= _LEAST_SHARE and row < _MOST_ROWS:
                heappush(waiting, (-inner.size_bytes, next(order), inner, left, row + 1))
            left += width


def _shape(call: _Call, left: float, row: int, whole: int, requests: int) -> Drawing:
    width = call.size_bytes / whole
    label = visible(call.label, 120)
    kept = f"{bytes_text(call.size_bytes / requests)} a request, {call.size_bytes:,} B in {call.blocks:,} allocations"
    words = [element("text", label, class_="label start", x=4, y=ROW - 6)] if width > _NARROW else []
    box = element("rect", title=f"{label}: {kept}", class_=call.kind, width="100%", height=ROW - 1, rx=2)
    # An inner drawing cuts off words that are too long for it.
    return element(
        "svg", box, *words, class_="call", x=percent(left), width=percent(width), y=row * ROW, height=ROW - 1
    )
