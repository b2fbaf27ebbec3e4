"""Findings on a terminal: the lines in question with a mark below the place, what it costs, how it is mended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ...records import Finding, LintRule
from ..figures import bytes_text, visible
from .costs import costs
from .pages import CLASSES, LETTERS, page
from .sentences import cost_with_source, counted, in_all, mending, next_step, ways
from .shown import Shown

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.markdown import Markdown

NAME = "terminal"

STYLES = {"safe": "green", "verify": "yellow", "suggest": "cyan"}
WIDEST = 116
"""Characters of a line of source that are shown around the place."""


def render(shown: Shown) -> Group:
    """What was mended, what is left, and how it stands in all."""
    from rich.console import Group
    from rich.text import Text

    found = shown.found
    pieces: list[RenderableType] = [_excerpt(shown, each) for each in found.findings]
    if found.applied:
        pieces += [_mended(shown), Text()]
    pieces += [Text(f"note: {visible(each, 400)}", "yellow") for each in found.notes]
    pieces += _summary(shown)
    return Group(*pieces)


def explained(rule: LintRule) -> Markdown:
    """A rule's page."""
    from rich.markdown import Markdown

    return Markdown(page(rule))


def listed(rules: Iterable[LintRule]) -> Group:
    """All rules by letter, with what mends them."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    pieces: list[RenderableType] = []
    for letter, group in groupby(rules, key=lambda each: each.code[0]):
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for column in ("code", "name", "fix", "summary"):
            table.add_column(column, no_wrap=column != "summary")
        for each in group:
            table.add_row(
                Text(each.code, "bold"), Text(each.name), Text(each.fix, STYLES[each.fix]), Text(each.summary)
            )
        pieces += [Text(LETTERS[letter], "bold"), table, Text()]
    for fix, says in CLASSES.items():
        pieces.append(Text.assemble((f"{fix:8}", STYLES[fix]), says.replace("`", "")))
    return Group(*pieces)


def _excerpt(shown: Shown, finding: Finding) -> Group:
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    place = shown.path(finding.file) + (f":{finding.line}:{finding.column}" if finding.line else "")
    gutter = len(str(finding.source[-1][0])) if finding.source else 1
    text = Text.assemble(
        (finding.code, f"bold {STYLES[finding.fix]}"),
        (f" {finding.name}", "bold"),
        f": {visible(finding.message, 400)}\n",
        (f"{' ' * gutter}--> ", "blue"),
        f"{visible(place)}\n",
    )
    if finding.source:
        text.append(f"{' ' * gutter} |\n", "blue")
        for line in _marked(finding):
            number, bar, code, marks = line
            text.append(f"{number:>{gutter}} |", "blue")
            text.append(bar, "red")
            text.append(f"{code}\n")
            if marks:
                text.append(f"{' ' * gutter} |", "blue")
                text.append(f"{marks}\n", "red")
        text.append(f"{' ' * gutter} |\n", "blue")
    text.rstrip()
    notes = Table.grid(padding=(0, 1, 0, 0))
    for said in (cost_with_source(finding.saving), mending(finding), finding.advice):
        if said:
            notes.add_row(Text(f"{' ' * gutter} =", "blue"), Text(visible(said, 600)))
    return Group(text, notes, Text())


def _marked(finding: Finding) -> Iterator[tuple[str, str, str, str]]:
    """Lines as they are printed: number, bar of a place of several lines, text, and the marks below it."""
    last_shown = finding.source[-1][0]
    if finding.line == finding.last_line:
        number, line = finding.source[0]
        before, within, after = _cut(line, finding.column - 1, finding.last_column - 1)
        marks = f" {' ' * _width(before)}{'^' * max(_width(within), 1)}"
        yield str(number), " ", before + within + after, marks
        return
    for number, line in finding.source:
        before, within, after = _cut(line, 0, len(line))
        bar = " / " if number == finding.line else " | "
        yield str(number), bar, before + within + after, ""
    if last_shown < finding.last_line:
        rest = finding.last_line - last_shown
        yield "", " | ", f"… {rest:,} more line{'' if rest == 1 else 's'}", " |_^"
    else:
        line = finding.source[-1][1]
        before, within, _ = _cut(line, 0, max(finding.last_column - 1, 1))
        yield "", " |_", f"{'_' * (_width(before + within) - 1)}^", ""


def _cut(line: str, start: int, end: int) -> tuple[str, str, str]:
    """The line before, in and behind the place, as they can be printed, no longer than `WIDEST` together."""
    before, within, after = (visible(each.replace("\t", "    "), 10**6) for each in _three(line, start, end))
    if len(within) > WIDEST:
        within = f"{within[: WIDEST - 1]}…"
    room = max(WIDEST - len(within), 0)
    if len(before) + len(after) > room:
        kept = min(len(before), max(room // 2, room - len(after)))
        before = before if kept == len(before) else f"…{before[len(before) - kept + 1 :]}" if kept > 1 else ""
        after = after if len(after) <= room - len(before) else f"{after[: max(room - len(before) - 1, 0)]}…"
    return before, within, after


def _three(line: str, start: int, end: int) -> tuple[str, str, str]:
    return line[:start], line[start:end], line[end:]


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _mended(shown: Shown) -> RenderableType:
    """What the fixes did, with the bytes of each part."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for column in ("code", "place", "bytes", "known", "message"):
        table.add_column(column, no_wrap=column != "message", justify="right" if column == "bytes" else "left")
    alike: dict[tuple[str, str, str], list[Finding]] = {}
    for each in shown.found.applied:
        alike.setdefault((each.code, each.file, each.message), []).append(each)
    sums = [(sum(each.saving.size_bytes for each in group if each.saving), group) for group in alike.values()]
    for size, group in sorted(sums, key=lambda each: -each[0]):
        first = group[0]
        table.add_row(
            Text(f"{first.code} {first.name}", STYLES[first.fix]),
            Text(visible(shown.path(first.file))),
            Text(bytes_text(size) if size else "", "bold"),
            Text(first.saving.known if first.saving and size else "", "dim"),
            Text(visible(first.message, 400) + (f" ({len(group):,} times)" if len(group) > 1 else "")),
        )
    files = ", ".join(visible(shown.path(file.path)) for file in shown.found.changed)
    pieces: list[RenderableType] = [
        Text(f"mended in {files}: {in_all(shown.found.applied).replace(' cost', ' that cost', 1)}", "bold"),
        table,
    ]
    if any(each.fix == "verify" for each in shown.found.applied):
        pieces.append(Text("build the image now, and compare its answers with those of before", "yellow"))
    return Group(*pieces)


def _summary(shown: Shown) -> list[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    found = shown.found
    if not found.files:
        return [
            Text(f"nothing to look at in {visible(shown.path('.'))}: no Dockerfile and no requirements", "bold yellow")
        ]
    silenced = f"; {found.silenced:,} silenced by comments" if found.silenced else ""
    if not found.findings:
        read = ", ".join(visible(shown.path(each)) for each in found.files)
        left = "nothing is left" if found.applied else "nothing found"
        return [Text(f"{left} in {read}{silenced}", "bold green")]
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for column in ("file", "findings", "bytes"):
        table.add_column(column, no_wrap=True, justify="left" if column == "file" else "right")
    for file, group in groupby(found.findings, key=lambda each: each.file):
        of_file = tuple(group)
        size = costs(of_file).size_bytes
        table.add_row(Text(visible(shown.path(file))), Text(counted(of_file)), Text(bytes_text(size) if size else ""))
    return [
        table,
        Text(f"{'left: ' if found.applied else ''}{in_all(found.findings)}{silenced}", "bold"),
        Text(f"{ways(found.findings)}; `jettison lint --explain CODE` tells about a rule"),
        Text.assemble("next: ", (next_step(shown), "bold")),
    ]
