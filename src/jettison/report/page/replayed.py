"""The differences of a replay, within a budget of bytes: every one is named, as many as fit are spelled out."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from ...records import Headline, Report
from ..differences import Shown, in_ranges, shared_start, shown
from ..figures import scores_text, visible
from ..sentences import Figures

ROW_BYTES = len('<li value=""></li>')
CHANGE_BYTES = len(" <del></del><ins></ins>")
FIELD_BYTES = len("<b></b> ")


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What both sides answered."""

    equal: Headline
    sent: Headline
    count: int
    """Of the differences."""
    start: str
    """What all differing requests begin with."""
    field: str
    """The one field in which all of them differ; empty when there are several."""
    shown: tuple[Shown, ...]
    unstable: str
    """Requests that were not compared, as text."""
    only_named: str
    """Numbers of the requests that did not fit, as text."""
    compared: str
    """How scores were compared, where the settings say it; else empty."""


def replayed(report: Report, figures: Figures, room: int) -> Replayed | None:
    """None when nothing was replayed. `room` is how many bytes of the page the differences may take."""
    if report.replay is None:
        return None
    differences = report.replay.differences
    start = shared_start(differences)
    rows = [shown(difference, without=start) for difference in differences]
    fields = {change.field for row in rows for change in row.changes}
    field = fields.pop() if len(fields) == 1 else ""
    fitting, left = 0, room - sum(_named_bytes(row) for row in rows)
    for row in rows:
        left -= _bytes(row, field) - _named_bytes(row)
        if left < 0:
            break
        fitting += 1
    return Replayed(
        equal=figures["now: answers equal"],
        sent=figures["now: requests compared"],
        count=len(differences),
        start=visible(start),
        field=field,
        shown=tuple(rows[:fitting]),
        unstable=in_ranges(report.replay.unstable),
        only_named=in_ranges([row.index for row in rows[fitting:]]),
        compared=scores_text(report.replay),
    )


def _named_bytes(row: Shown) -> int:
    return len(f"{row.index}, ")


def _bytes(row: Shown, field: str) -> int:
    """At most so many bytes of HTML, when `field` need not be said in the row."""
    texts, markup = [f"{row.index}", row.request], ROW_BYTES
    for change in row.changes:
        texts += [change.before, change.expected, change.got, change.after]
        markup += CHANGE_BYTES
        if not field:
            texts.append(change.field)
            markup += FIELD_BYTES
    return markup + sum(len(escape(text, quote=False).encode()) for text in texts)
