"""A soak as one HTML file that opens anywhere, offline, without script."""

from __future__ import annotations

import re

from ...records import Soak
from ..drawings.flame import flame
from ..drawings.growth import curves
from ..formats.html import environment
from .blame import blames, remarks, suspects, tried
from .envelope import said, terms
from .rows import outcome, rows, sentences


def render(found: Soak) -> bytes:
    """The page as UTF-8; the same soak gives the same bytes."""
    text = (
        environment()
        .get_template("soaked.html.j2")
        .render(
            found=found,
            outcome=outcome(found),
            terms=tuple(terms(found.envelope)) if found.envelope else (),
            said=tuple(said(found.envelope, found.limit_bytes)) if found.envelope else (),
            rows=rows(found),
            sentences=tuple(sentences(found)),
            blames={window.endpoint: blames(window) for window in found.windows},
            flames={window.endpoint: flame(window) for window in found.windows},
            remarks=tuple(remarks(found)),
            suspects=suspects(found),
            tried=tried(found.remedies) if found.remedies else (),
            curves=tuple(curves(each, limit_bytes=found.limit_bytes) for each in found.growths),
        )
    )
    return (re.sub(r"\n\s*\n+", "\n", text).strip() + "\n").encode()
