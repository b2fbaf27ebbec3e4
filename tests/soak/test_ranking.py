"""From stacks to lines: persistence before size, the service's own line, one leak for one holder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jettison.records import Frame, Holder, Site
from jettison.soak.ranking import Stack, culprit, joined, sites

REQUESTS = (10,) * 6


def own(line: int) -> Frame:
    return Frame(function="answer", file="app.py", line=line, own=True)


def library(file: str) -> Frame:
    return Frame(function="call", file=f"/lib/python3.11/site-packages/{file}", line=1)


STANDARD = Frame(function="loads", file="/usr/lib/python3.11/json/__init__.py", line=346)
MALLOC = Frame(function="malloc", file="<unknown>", line=0, native=True)


def stack(*frames: Frame, size: tuple[int, ...] = (100,) * 6, blocks: tuple[int, ...] = (10,) * 6) -> Stack:
    return Stack(frames=frames, size_bytes=size, blocks=blocks)


def test_what_is_in_every_part_comes_before_what_is_large_in_one() -> None:
    large = stack(own(1), size=(0, 0, 0, 0, 0, 9000), blocks=(0, 0, 0, 0, 0, 1))
    ranked = [site.line for site, _ in sites([large, stack(own(2))], REQUESTS)]
    assert ranked == [2, 1]


@pytest.mark.parametrize(
    ("frames", "blamed"),
    [
        ((STANDARD, library("flask/json/provider.py"), own(3), library("flask/app.py")), own(3)),
        ((library("pydantic/main.py"), library("fastapi/routing.py"), own(9)), library("pydantic/main.py")),
        ((STANDARD, library("requests/api.py")), library("requests/api.py")),
        ((STANDARD, library("waitress/task.py")), library("waitress/task.py")),
        ((MALLOC, STANDARD), STANDARD),
        ((MALLOC,), MALLOC),
        ((), None),
    ],
)
def test_the_line_to_blame(frames: tuple[Frame, ...], blamed: Frame | None) -> None:
    """The innermost of the service's own, but not a middleware's around the framework's dispatch."""
    assert culprit(frames) == blamed


@pytest.mark.parametrize(
    ("sizes", "blocks", "accused"),
    [
        ((80,) * 6, (10,) * 6, True),
        ((79,) * 6, (10,) * 6, False),  # 7.9 bytes a request
        ((80, 0, 80, 80, 80, 80), (10, 0, 10, 10, 10, 10), False),
        ((800, 800, 200, 200, 100, 100), (80, 80, 20, 20, 10, 10), False),  # a cache that fills
        ((80, 80, 80, 80, 80, 90_000), (10, 10, 10, 10, 10, 11), True),  # its container grew once
    ],
)
def test_a_leak_is_in_every_part_and_doubles(sizes: tuple[int, ...], blocks: tuple[int, ...], accused: bool) -> None:
    found, _ = sites([stack(own(1), size=sizes, blocks=blocks)], REQUESTS)[0]
    assert found.accused is accused
    assert found.bytes_per_request < 100


def site(frame: Frame, holder: Holder | None, size: int = 100) -> Site:
    made, _ = sites([stack(frame, size=(size,) * 6)], REQUESTS)[0]
    return replace(made, holder=holder)


def test_what_one_line_keeps_in_one_holder_is_one_leak() -> None:
    seen = Holder(name="app.SEEN", kind="list", items=60, filled_at=("app.py:8",))
    merged = joined([site(own(7), seen), site(own(7), seen, 300), site(own(8), seen)])
    assert [(each.place, each.size_bytes[0]) for each in merged] == [("app.py:7", 400), ("app.py:8", 100)]
    assert len(joined([site(own(7), None), site(own(7), None)])) == 2
    halves = [
        replace(site(own(7), seen), size_bytes=size, blocks=size)
        for size in ((90, 0, 90, 0, 90, 0), (0, 90, 0, 90, 0, 90))
    ]
    assert not any(each.accused for each in halves)
    assert [each.accused for each in joined(halves)] == [True]
