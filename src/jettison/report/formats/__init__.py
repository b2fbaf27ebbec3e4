"""The shelf of report formats. A format is one module with a name and a `render`; it sees records only."""

from __future__ import annotations

from typing import Protocol

from ...records import Report
from . import html, json, terminal


class Format(Protocol):
    """What a module on this shelf offers."""

    NAME: str
    """``html``; for a format that is a document, also the ending of its file: ``report.html``."""

    def render(self, report: Report) -> object:
        """The report: the bytes of a document, or what rich draws on a terminal."""


FORMATS: list[Format] = [terminal, html, json]
