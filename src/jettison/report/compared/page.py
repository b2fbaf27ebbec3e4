"""A comparison as one HTML file that opens anywhere, offline, without script."""

from __future__ import annotations

import re

from ...records import Comparison
from ..drawings.pareto import pareto
from ..formats.html import environment
from .rows import outcome, plotted_words, right_words, rows, sentences, spots


def render(found: Comparison) -> bytes:
    """The page as UTF-8; the same comparison gives the same bytes."""
    text = (
        environment()
        .get_template("compared.html.j2")
        .render(
            found=found,
            outcome=outcome(found),
            plot=pareto(spots(found), right=plotted_words(found)),
            right=right_words(found),
            rows=rows(found),
            sentences=tuple(sentences(found)),
            samples=len(found.observations.measurements[0].outputs),
        )
    )
    return (re.sub(r"\n\s*\n+", "\n", text).strip() + "\n").encode()
