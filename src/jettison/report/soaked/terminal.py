"""A soak on a terminal: a row an endpoint with its curve, what is to be said, and the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...records import Envelope, Growth, Remedies, Soak
from ..figures import bytes_text
from .blame import blames, remarks, suspects, tried
from .envelope import said, terms
from .rows import outcome, rows, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

_STYLES = {"proved": "green", "refuted": "red", "undecided": "yellow"}
_TOLD = {
    "leak": "red",
    "not enough evidence": "yellow",
    "ended": "red",
    "no meter": "yellow",
    "cache of shapes": "yellow",
}
_LEVELS = "▁▂▃▄▅▆▇█"
_CURVE = 16


def render(found: Soak) -> Group:
    """What rich draws."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    columns = ("endpoint", "", "kept a request", "in use", "", "resident", "requests")
    last = (f"until {bytes_text(found.limit_bytes)} at {found.rate:g}/s",) if found.limit_bytes else ()
    table = Table(*columns, *last, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place in (3, 5, 6):
        table.columns[place].justify = "right"
    for column in table.columns:
        column.no_wrap = True
    for row, growth in zip(rows(found), found.growths, strict=True):
        cells = [Text(row.endpoint), Text(row.cause, _STYLES[row.ruling]), Text(row.kept), Text(row.in_use)]
        cells += [Text(curve(growth), "dim"), Text(row.resident), Text(row.requests)]
        table.add_row(*cells, *((Text(row.left),) if last else ()))
    told = Table.grid(padding=(0, 2, 0, 0))
    told.add_column(no_wrap=True)
    told.add_column()
    for kind, sentence in sentences(found):
        told.add_row(Text(kind, _TOLD.get(kind, "dim")), Text(sentence))
    return Group(table, Text(), told, *_beyond(found), Text(f"\n{outcome(found)}", "bold"))


def _beyond(found: Soak) -> Iterator[RenderableType]:
    """The lines, the suspects, the remedies."""
    from rich.text import Text

    for each in (blame for window in found.windows for blame in blames(window)):
        yield Text.assemble("\n", (each.endpoint, "dim"), "  ", (each.sentence, "red"))
        for number, line, itself in each.source:
            yield Text(f"{number:>6} {'>' if itself else '│'} {line}", "bold" if itself else "dim")
        if each.holder:
            yield Text(f"       held by {each.holder}")
    yield from (Text(f"\n{remark}", "yellow") for remark in remarks(found))
    for suspect, measured in suspects(found):
        mark = "measured" if measured else "in the code"
        yield Text.assemble("\n", (f"{mark}  ", "red" if measured else "yellow"), f"{suspect.place}: {suspect.message}")
        yield Text(f"         {suspect.source}\n         {suspect.advice}", "dim")
    if found.remedies is not None:
        yield from _tried(found.remedies)
    if found.envelope is not None:
        yield Text()
        yield from _envelope(found.envelope, found.limit_bytes)


def _tried(found: Remedies) -> Iterator[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    table = Table("setting", "resident", "peak", "latency", "adds", "", box=None, pad_edge=False, header_style="dim")
    for each in tried(found):
        table.add_row(
            Text(each.setting or each.name),
            each.resident,
            each.peak,
            each.latency,
            each.added,
            Text(each.words, _STYLES.get(each.ruling, "dim")),
        )
    yield Text()
    yield table
    yield Text(
        f"{len(found.untouched.seconds)} fresh starts each, {found.requests} requests, {found.clients} clients", "dim"
    )


def _envelope(found: Envelope, limit_bytes: int | None) -> tuple[Table, Text, Table]:
    """The sum of its terms, and what is to be said of it."""
    from rich.table import Table
    from rich.text import Text

    table = Table("memory envelope", "", "", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.columns[1].justify = "right"
    for name, size, what in terms(found):
        table.add_row(Text(name), Text(size), Text(what, "dim"), style="bold" if name == "limit" else "")
    told = Table.grid(padding=(0, 2, 0, 0))
    told.add_column(no_wrap=True)
    told.add_column()
    for kind, sentence in said(found, limit_bytes):
        told.add_row(Text(kind, "dim"), Text(sentence))
    return table, Text(), told


def curve(growth: Growth) -> str:
    """Bytes in use over the repeated requests, a character a step; empty when there is nothing to draw."""
    values = [each.in_use_bytes for each in growth.readings if each.phase == "repeated"]
    if len(values) < 2:
        return ""
    picked = [values[index * (len(values) - 1) // (_CURVE - 1)] for index in range(_CURVE)]
    low, span = min(picked), max(max(picked) - min(picked), 4096)  # less than a page is a flat line
    return "".join(_LEVELS[min(len(_LEVELS) - 1, int(len(_LEVELS) * (value - low) / span))] for value in picked)
