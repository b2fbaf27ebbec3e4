"""The report on a terminal: what it costs, what was tried, what differs; the line worth sharing comes last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...records import Checked, Headline, Report
from ..differences import shared_start, shown
from ..drawings.bars import GROUPS
from ..figures import headline_text, visible
from ..findings.rows import rows
from ..headlines import headlines
from ..sentences import Figures, State, by_key, closing_line, doubts, outcome
from ..tables import Step, candidates, has_labels, steps

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

NAME = "terminal"

BAR_CELLS, FEW_BAR_CELLS = 30, 12
"""Of the widest bar; the few leave room for the figures on a terminal of 80 columns."""
MOST_DIFFERENCES = 5
MOST_FOUND = 3
STYLES: dict[State, str] = {
    "proved": "bold green",
    "undecided": "bold yellow",
    "refuted": "bold red",
    "kept": "bold",
    "measured": "bold",
    "open": "bold yellow",
}
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
        drawn = (_waterfall(report, figures, cells) for cells in (BAR_CELLS, FEW_BAR_CELLS))
        pieces += [_Fitting(*drawn), Text()]
    pieces += [_Fitting(_candidates(report, figures), _candidates(report, figures, short=True)), Text()]
    pieces.append(_remarks(report))
    pieces.append(Text.assemble((f"\n{ended.word}. ", STYLES[ended.state]), ended.text))
    pieces.append(Text(closing_line(report, figures), "bold"))
    return Group(*pieces)


class _Fitting:
    """The wide form where the terminal has room for it without breaking a line, else the narrow one."""

    def __init__(self, wide: Table, narrow: Table) -> None:
        self._wide, self._narrow = wide, narrow

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.measure import Measurement

        needed = Measurement.get(console, options.update(max_width=1000), self._wide).maximum
        yield self._wide if needed <= options.max_width else self._narrow


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


def _waterfall(report: Report, figures: Figures, cells: int) -> Table:
    from rich.text import Text

    table = _table("image", "unpacked", "", "", "pulled", "known", right=(1, 3, 4))
    widest = max(weight.unpacked_bytes for weight in report.weights)
    for step in steps(report, figures):
        table.add_row(
            Text(visible(step.weight.name, 40)),
            Text(headline_text(step.unpacked), "bold"),
            _bar(step, widest, cells),
            Text(step.change, "dim"),
            Text(headline_text(step.pulled)),
            Text(", ".join(step.unpacked.known), "dim"),
        )
    return table


def _table(*names: str, right: Sequence[int]) -> Table:
    """Columns two blanks apart, none of which breaks a line."""
    from rich.table import Table

    table = Table(*names, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns:
        column.no_wrap = True
    for place in right:
        table.columns[place].justify = "right"
    return table


def _bar(step: Step, widest: int, most: int) -> Text:
    """Blocks by group. Rounding is on the running total, so that the length is that of the whole."""
    from rich.text import Text

    bar, total, drawn = Text(no_wrap=True), 0, 0
    for group, style in zip(GROUPS, GROUP_STYLES, strict=True):
        total += step.weight.group_bytes(group)
        cells = round(most * total / max(widest, 1))
        bar.append("█" * (cells - drawn), style)
        drawn = cells
    return bar if drawn else Text("▏", "dim")


def _candidates(report: Report, figures: Figures, *, short: bool = False) -> Table:
    """Every one with its costs; the short form leaves out the intervals' lower ends and estimated loss."""
    from rich.text import Text

    if has_labels(report):
        loss = ("loss",) if short else ("loss, points", "at most")
    else:
        loss = ("changed",) if short else ("answers changed", "at most")
    table = _table(
        "candidate", "model", "latency", "faster", "memory", "start", *loss, "", right=range(1, 6 + len(loss))
    )
    for row in candidates(report, figures):
        speed = row.speed if short or not row.speed else f"{row.speed} ({row.speed_interval})"
        table.add_row(
            Text(visible(row.candidate.name, 40), "bold" if row.won else ""),
            *(Text(_cell(headline)) for headline in (row.model, row.latency)),
            Text(speed),
            *(Text(_cell(headline)) for headline in (row.memory, row.cold_start)),
            *(() if short else (Text(row.loss),)),
            Text(row.loss_bound),
            Text(row.standing, "bold green" if row.won else "dim"),
        )
    return table


def _remarks(report: Report) -> Table:
    """A line each, its kind before it: what was not counted, does not fit, differs, is in doubt, is next."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    missing = (sentence for weight in report.weights for sentence in weight.missing)
    for sentence in dict.fromkeys(missing):
        grid.add_row("not counted", Text(visible(sentence), "yellow"))
    for score in report.verdict.scores:
        if score.objection:
            grid.add_row("not chosen", Text(f"{visible(score.candidate, 60)}: {visible(score.objection)}"))
    for one in report.rejected:
        why = f"{visible(one.name, 60)}: {visible(one.reason)} {visible(one.place)}".rstrip()
        grid.add_row("does not fit", Text(why))
    for each in report.candidates:
        if each.name == report.verdict.winner:
            for check in each.fleet:
                grid.add_row(f"on {check.cpu}", Text(visible(check.words, 800)))
    for line in _differences(report):
        grid.add_row("differs", line)
    for sentence in doubts(report):
        grid.add_row("doubt", Text(sentence, "yellow"))
    for found in rows(report.findings)[:MOST_FOUND]:
        size = f" ({found.cost})" if found.cost else ""
        grid.add_row("in sources", Text(f"{found.place}: {found.code} {found.message}{size}"))
    for sentence in report.advice:
        grid.add_row("next", Text(visible(sentence, 400)))
    return grid


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
        line = Text(f"request {difference.index}: {difference.request}")
        for change in difference.changes:
            line.append(f" {change.field} " if change.field else " ", "dim")
            line.append(change.before)
            line.append(f"[{change.expected.strip() or 'nothing'} → {change.got.strip() or 'nothing'}]", "bold")
            line.append(" " * (change.expected or change.got).endswith(" "))
            line.append(change.after)
        lines.append(line)
    if len(differences) > MOST_DIFFERENCES:
        lines.append(Text(f"and {len(differences) - MOST_DIFFERENCES:,} more: all of them are in report.html", "dim"))
    return lines
