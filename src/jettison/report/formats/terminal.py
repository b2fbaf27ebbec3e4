"""The report on a terminal: what it costs, what was tried, what differs; the line worth sharing comes last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...records import Checked, Headline, Report
from ..differences import shared_start, shown
from ..drawings.bars import GROUPS
from ..figures import headline_text, visible
from ..headlines import headlines
from ..sentences import Figures, State, by_key, closing_line, doubts, outcome
from ..tables import Step, candidates, steps

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table
    from rich.text import Text

NAME = "terminal"

BAR_CELLS = 20
"""Leaves room for the figures on a terminal of 80 columns."""
MOST_DIFFERENCES = 5
STYLES: dict[State, str] = {
    "proved": "bold green",
    "undecided": "bold yellow",
    "refuted": "bold red",
    "kept": "bold",
    "measured": "bold",
    "open": "bold yellow",
}
RULING_STYLES = {"proved": "green", "undecided": "yellow", "refuted": "red"}
GROUP_STYLES = ("bright_black", "cyan", "blue", "yellow", "magenta", "bright_magenta", "red", "white")
"""In the order of the groups."""


def render(report: Report) -> Group:
    """What rich draws: tables and lines, no markup of foreign text."""
    from rich.console import Group
    from rich.text import Text

    figures = by_key(headlines(report))
    ended = outcome(report)
    pieces: list[RenderableType] = []
    if report.weights:
        pieces.append(_waterfall(report, figures))
        missing = [sentence for weight in report.weights for sentence in weight.missing]
        pieces += [Text(f"not counted: {visible(sentence)}", "yellow") for sentence in missing]
    pieces.append(_candidates(report, figures))
    for one in report.rejected:
        pieces.append(
            Text(f"does not fit: {visible(one.name, 60)}, {visible(one.reason)} {visible(one.place)}".rstrip(), "dim")
        )
    pieces += _differences(report)
    pieces += [Text(f"doubt: {sentence}", "yellow") for sentence in doubts(report)]
    pieces += [Text(f"next: {visible(sentence, 400)}") for sentence in report.advice]
    pieces.append(Text.assemble((f"\n{ended.word}. ", STYLES[ended.state]), ended.text))
    pieces.append(Text(closing_line(report, figures), "bold"))
    return Group(*pieces)


def checks(checked: Sequence[Checked]) -> Group:
    """What `jettison verify` says: every claim that does not hold, and how many do."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    wrong = [one for one in checked if not one.holds]
    if not wrong:
        return Group(Text(f"All {len(checked):,} claims hold.", "bold green"))
    table = Table("claim", "stated", "found", box=None, pad_edge=False)
    for one in wrong:
        table.add_row(*(Text(visible(text)) for text in (one.claim, one.stated, one.found)))
    return Group(table, Text(f"{len(wrong):,} of {len(checked):,} claims do not hold.", "bold red"))


def _waterfall(report: Report, figures: Figures) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("image", "unpacked", "", "", "pulled", "known", box=None, pad_edge=False, title_justify="left")
    for column in (1, 3, 4):
        table.columns[column].justify = "right"
        table.columns[column].no_wrap = True
    widest = max(weight.unpacked_bytes for weight in report.weights)
    for step in steps(report, figures):
        table.add_row(
            Text(visible(step.weight.name, 40)),
            Text(headline_text(step.unpacked), "bold"),
            _bar(step, widest),
            Text(step.change, "dim"),
            Text(headline_text(step.pulled)),
            Text(", ".join(step.unpacked.known), "dim"),
        )
    return table


def _bar(step: Step, widest: int) -> Text:
    """Blocks by group. Rounding is on the running total, so that the length is that of the whole."""
    from rich.text import Text

    bar, total, drawn = Text(no_wrap=True), 0, 0
    for group, style in zip(GROUPS, GROUP_STYLES, strict=True):
        total += step.weight.group_bytes(group)
        cells = round(BAR_CELLS * total / max(widest, 1))
        bar.append("█" * (cells - drawn), style)
        drawn = cells
    return bar if drawn else Text("▏", "dim")


def _candidates(report: Report, figures: Figures) -> Table:
    from rich.table import Table
    from rich.text import Text

    names = ("candidate", "model", "latency", "faster", "memory", "cold start", "loss, points", "ruling")
    table = Table(*names, box=None, pad_edge=False)
    table.columns[0].overflow = "fold"
    for column in table.columns[1:6]:
        column.justify = "right"
    for row in candidates(report, figures):
        name = visible(row.candidate.name, 40)
        table.add_row(
            Text(f"{name} ←" if row.won else name, "bold" if row.won else ""),
            *(Text(_cell(headline)) for headline in (row.model, row.latency)),
            Text(row.speed),
            *(Text(_cell(headline)) for headline in (row.memory, row.cold_start)),
            Text(row.loss),
            Text(row.ruling, RULING_STYLES.get(row.ruling, "dim")),
        )
    return table


def _cell(headline: Headline | None) -> str:
    return headline_text(headline) if headline else ""


def _differences(report: Report) -> list[Text]:
    """The first answers that differ."""
    from rich.text import Text

    lines = []
    differences = report.replay.differences if report.replay else ()
    start = shared_start(differences)
    for one in differences[:MOST_DIFFERENCES]:
        difference = shown(one, without=start)
        line = Text(f"differs: request {difference.index} {difference.request}")
        for change in difference.changes:
            line.append(f" {change.field} " if change.field else " ", "dim")
            line.append(change.before)
            line.append(f"[{change.expected} → {change.got}]", "bold")
            line.append(change.after)
        lines.append(line)
    if len(differences) > MOST_DIFFERENCES:
        lines.append(Text(f"… and {len(differences) - MOST_DIFFERENCES:,} more: all of them are in report.html", "dim"))
    return lines
