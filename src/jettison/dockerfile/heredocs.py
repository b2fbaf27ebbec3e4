"""Which heredocs an instruction's line opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .expand import ExpansionError, raw_words

_OPENING = re.compile(r"(\d*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """``<<EOF`` as it stands in the line."""

    name: str
    expands: bool
    strips_tabs: bool


def opening(word: str) -> Opening | None:
    """What one word opens: ``<<EOF``, ``3<<-"END"``; None when it is an ordinary word."""
    match = _OPENING.match(word)
    if not match or not match[3]:
        return None
    names = raw_words(match[3], keeps_quotes=False)
    if len(names) != 1:
        return None
    quoted = raw_words(match[3])[0]
    expands = all(quoted.count(quote) == names[0].count(quote) for quote in "'\"")
    return Opening(name=names[0], expands=expands, strips_tabs=match[2] == "-")


def openings(line: str) -> tuple[Opening, ...]:
    """The heredocs of a whole line, in order; none when its quotes do not close, as in BuildKit."""
    if "<<" not in line:
        return ()
    try:
        found = [opening(word) for word in raw_words(line)]
    except ExpansionError:
        return ()
    return tuple(each for each in found if each is not None)
