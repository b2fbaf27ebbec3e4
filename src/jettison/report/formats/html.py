"""``report.html``: one file that opens anywhere, offline, without script."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from ...records import Headline, Report
from ..drawings.bars import stacked
from ..drawings.svg import Drawing, element
from ..figures import UNITS_SAID, bytes_text, headline_text, interval_text, visible
from ..headlines import PERCENTILES
from ..page import Page, page
from ..page.replayed import replayed
from ..sentences import KNOWN_WORDS, by_key, estimate_text, judgement_text
from ..tables import Step, reasons

if TYPE_CHECKING:
    from jinja2 import Environment

NAME = "html"

LIMIT_BYTES = 290_000
"""A page that opens at once, and can be attached to a mail or a ticket."""


def render(report: Report) -> bytes:
    """The page as UTF-8; the same report gives the same bytes.

    The differences of the replay get what the rest leaves of `LIMIT_BYTES`.
    """
    content = page(report)
    rest = len(_rendered(content))
    replay = replayed(report, by_key(content.headlines), LIMIT_BYTES - rest)
    return _rendered(replace(content, replay=replay))


def _rendered(content: Page) -> bytes:
    text = environment().get_template("page.html.j2").render(page=content)
    return (re.sub(r"\n\s*\n+", "\n", text).strip() + "\n").encode()


def figure(headline: Headline) -> Drawing:
    """A headline on the page; `jettison verify` finds it again by its key."""
    return element("data", headline_text(headline), value=repr(headline.value), data_headline=visible(headline.key))


@cache
def environment() -> Environment:
    """What every page is made with: templates of the page's folder, figures and texts as people read them."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("jettison.report.page")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "bytes": bytes_text,
        "visible": visible,
        "estimate": estimate_text,
        "judgement": judgement_text,
        "reasons": reasons,
        "code_spans": _code_spans,
        "text": lambda text: Drawing(escape(text, quote=False)),
        "stacked": _bar,
        "interval": lambda headline: interval_text(headline.interval, headline.unit) if headline.interval else "",
    }
    made.globals |= {
        "fig": figure,
        "known_words": KNOWN_WORDS,
        "units_said": UNITS_SAID,
        "percentiles": PERCENTILES,
        "style": Drawing(loader.get_source(made, "style.css")[0]),
    }
    return made


def _bar(step: Step, widest: int) -> Drawing:
    return stacked(step.weight, widest=widest, before=step.before)


def _code_spans(sentence: str) -> Drawing:
    """What stands between backticks becomes code; everything is escaped."""
    pieces = visible(sentence, 600).split("`")
    if len(pieces) % 2 == 0:
        return element("span", "`".join(pieces))
    return element("span", *(element("code", piece) if index % 2 else piece for index, piece in enumerate(pieces)))
