"""The report of a run, from records alone: it cannot measure, so it cannot disagree with a measurement.

`documents` gives what is written beside the results, `formats.terminal.render` what a person sees at the end,
`headlines` the numbers that all of them show, `listed` the files that a report names, `stated` a
report as it was written, `verified` what `jettison verify` found.
"""

from __future__ import annotations

from ..records import Report
from .formats import html, json
from .headlines import headlines
from .sentences import by_key, closing_line, outcome
from .verification import stated, verified
from .verification.files import listed

__all__ = ["by_key", "closing_line", "documents", "headlines", "listed", "outcome", "stated", "verified"]


def documents(report: Report) -> tuple[tuple[str, bytes], ...]:
    """File names and contents: ``report.json`` and ``report.html``. The same report gives the same bytes."""
    return (("report.json", json.render(report)), ("report.html", html.render(report)))
