"""A comparison on a terminal: the plot, the table, what is to be said, and who wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...records import Comparison
from ..drawings.pareto import in_cells
from ..figures import seconds_text
from .rows import outcome, plotted_words, right_words, rows, sentences, spots

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

_STYLES = {"proved": "green", "refuted": "red", "undecided": "yellow", "failed": "red"}


def render(found: Comparison) -> Group:
    """What rich draws. At least one model was measured."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    told = Table.grid(padding=(0, 2, 0, 0))
    told.add_column(no_wrap=True)
    told.add_column()
    for kind, sentence in sentences(found):
        told.add_row(Text(kind, _STYLES.get(kind, "dim")), Text(sentence))
    pieces: list[RenderableType] = [*_plot(found), Text(), _table(found), Text(), told]
    return Group(*pieces, Text(f"\n{outcome(found)}", "bold"))


def _plot(found: Comparison) -> list[Text]:
    from rich.text import Text

    drawn = spots(found)
    times = sorted(spot.seconds for spot in drawn)
    lines = [f"{plotted_words(found)} ↑", *(f"│{line}" for line in in_cells(drawn)), f"└{'─' * 60}"]
    axis = f" {seconds_text(times[0])} … {seconds_text(times[-1])}, median latency →"
    return [Text(line, no_wrap=True) for line in (*lines, axis)]


def _table(found: Comparison) -> Table:
    from rich.table import Table
    from rich.text import Text

    columns = ("", "model", "size", "latency", "faster", "memory", right_words(found), "loss, points", "")
    table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place in (2, 3, 4, 5, 6, 7):
        table.columns[place].justify = "right"
    for column in table.columns:
        column.no_wrap = True
    for row in rows(found):
        standing = "chosen" if row.won else "dominated" if row.beaten else ""
        cells = (row.mark, row.name, row.size, row.latency, row.speed, row.memory, row.right, row.loss, standing)
        table.add_row(*(Text(cell, "bold" if row.won else "dim" if row.beaten else "") for cell in cells))
    return table
