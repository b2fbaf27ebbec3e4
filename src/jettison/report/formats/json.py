"""``report.json``: the whole report with every raw sample, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ...errors import ReportUnreadable
from ...records import Headline, Report, from_json, to_json
from ..headlines import headlines
from ..identity import digest

T = TypeVar("T")

NAME = "json"

FORMAT = "jettison report"
VERSION = 1
"""Of the layout of report.json. A reader refuses what is newer than itself."""


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What report.json holds."""

    format: str
    version: int
    digest: str
    """sha256 of the report, to tell a changed file from a wrong one."""
    headlines: tuple[Headline, ...]
    """What the raw data gave when the report was written."""
    report: Report


@dataclass(frozen=True, kw_only=True)
class _Head:
    """What tells a report from any other JSON."""

    format: str
    version: int


def render(report: Report) -> bytes:
    """The envelope as indented UTF-8 JSON."""
    made = Envelope(format=FORMAT, version=VERSION, digest=digest(report), headlines=headlines(report), report=report)
    return to_json(made, indent=1) + b"\n"


def read(data: bytes, *, where: str = "report.json") -> Envelope:
    """The envelope of a report.json.

    :raises ReportUnreadable: no JSON, no report, of a newer version, or with a field that is missing or wrong.
    """
    head = _decoded(data, _Head, where)
    if head.format != FORMAT:
        raise ReportUnreadable(
            f"this is no report of jettison: its format is {head.format[:60]!r}",
            where=where,
            next_step="give the folder that `jettison optimize --out` wrote",
        )
    if head.version > VERSION:
        raise ReportUnreadable(
            f"this report is of version {head.version}, and this jettison reads versions up to {VERSION}",
            where=where,
            next_step="read it with a newer jettison: `pip install --upgrade jettison`",
        )
    return _decoded(data, Envelope, where)


def _decoded(data: bytes, kind: type[T], where: str) -> T:
    try:
        return from_json(data, kind)
    except (ValueError, RecursionError) as cause:
        raise ReportUnreadable(
            f"this is no whole report: {str(cause)[:200]}",
            where=where,
            next_step="run `jettison optimize` again, or restore the file as it was written",
        ) from cause
