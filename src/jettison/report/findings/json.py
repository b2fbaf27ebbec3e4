"""Findings as JSON: the record as it is, with the rules that found something and the sum of the bytes."""

from __future__ import annotations

import json
from typing import Any

from ...records import to_plain
from .costs import costs
from .shown import Shown

NAME = "json"
FORMAT = "jettison lint"
VERSION = 1


def render(shown: Shown) -> str:
    """Indented JSON; a byte that is no UTF-8 stands as a lone surrogate, escaped, as Python reads it back."""
    sums = costs(shown.found.findings)
    codes = {each.code for each in (*shown.found.findings, *shown.found.applied)}
    made: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        **to_plain(shown.found),
        "size_bytes": {
            "measured": sums.measured,
            "weighed": sums.weighed,
            "table": sums.table,
            "together": sums.size_bytes,
        },
        "rules": [
            {"code": each.code, "name": each.name, "summary": each.summary, "fix": each.fix, "page": each.page}
            for each in shown.rules
            if each.code in codes
        ],
    }
    return text(made)


def text(plain: object) -> str:
    """Plain values as they are printed."""
    return json.dumps(plain, indent=1) + "\n"
