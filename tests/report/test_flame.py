"""The flame graph: small, whole, and safe from the names in it."""

from __future__ import annotations

from xml.etree import ElementTree

from jettison.records import Allocations, Frame, Kept
from jettison.report.drawings.flame import flame

PARTS = (30,) * 6


def window(*stacks: tuple[tuple[Frame, ...], int]) -> Allocations:
    table: dict[Frame, int] = {}
    kept = tuple(
        Kept(
            stack=tuple(table.setdefault(frame, len(table)) for frame in stack), size_bytes=(size,) * 6, blocks=(1,) * 6
        )
        for stack, size in stacks
    )
    return Allocations(tracer="memray 1", requests=PARTS, sites=(), frames=tuple(table), kept=kept)


def own(function: str, line: int) -> Frame:
    return Frame(function=function, file="app.py", line=line, own=True)


FLASK = Frame(function="wsgi_app", file="/lib/python3.11/site-packages/flask/app.py", line=1)
WERKZEUG = Frame(function="run", file="/lib/python3.11/site-packages/flask/ctx.py", line=1)


def widths(drawn: str) -> dict[str, str]:
    root = ElementTree.fromstring(drawn)
    return {
        (each.findtext("rect/title") or "").partition(": ")[0]: each.get("width", "")
        for each in root.iter("svg")
        if each.get("class") == "call"
    }


def test_a_call_is_as_wide_as_what_it_keeps() -> None:
    found = widths(flame(window(((own("one", 1), WERKZEUG, FLASK), 300), ((own("two", 2), FLASK), 100))))
    assert found == {"kept": "100%", "flask": "100%", "one app.py:1": "75%", "two app.py:2": "25%"}


def test_hostile_names_stay_words() -> None:
    evil = '</title><script>alert("x")</script>'
    drawn = flame(window(((own(evil, 1),), 10)))
    assert "<script" not in drawn
    assert any("<script>" in name for name in widths(drawn))


def test_hundreds_of_deep_stacks_are_less_than_100_kb() -> None:
    stacks = [
        (tuple(own(f"f{(n * 7 + depth) % 90}_{'long' * 20}", depth) for depth in range(50)), 1000 - n)
        for n in range(300)
    ]
    drawn = flame(window(*stacks))
    assert 10_000 < len(drawn.encode()) < 100_000
    ElementTree.fromstring(drawn)


def test_an_empty_window_is_said_in_words() -> None:
    assert "Nothing was kept" in flame(window())
