"""report.html held against what the report gives: the page is a pure function of it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from ... import __version__
from ...records import Checked, Report
from ..formats import html

PAGE = "report.html"


def page_claims(folder: Path, report: Report) -> Iterator[Checked]:
    """Every headline on the page; then the whole page, byte for byte, when this jettison wrote it."""
    try:
        stated = (folder / PAGE).read_bytes()
    except OSError as cause:
        yield Checked(claim=PAGE, stated="beside report.json", found=cause.strerror or "unreadable", holds=False)
        return
    found = html.render(report)
    told, given = _figures(stated), _figures(found)
    for key in dict.fromkeys((*given, *told)):
        shown, right = told.get(key, []), given.get(key, [])
        wrong = [(one, other) for one, other in zip(shown, right, strict=False) if one != other]
        if len(shown) != len(right):
            wrong.append((f"shown {len(shown)} times", f"{len(right)} times"))
        text, expected = wrong[0] if wrong else (shown[0], right[0])
        yield Checked(claim=f"{PAGE}: {key}", stated=text, found=expected, holds=not wrong)
    if report.jettison == __version__:
        yield _whole(stated, found)


def _whole(stated: bytes, found: bytes) -> Checked:
    """The first line that differs, for text that is no headline."""
    shown, right = (page.decode("utf-8", "replace").splitlines() for page in (stated, found))
    pairs = [*zip(shown, right, strict=False), ("", right[len(shown)]) if len(shown) < len(right) else ("", "")]
    text, expected = next(
        ((one, other) for one, other in pairs if one != other), (f"{len(shown)} lines", f"{len(right)} lines")
    )
    return Checked(claim=f"{PAGE}: the whole page", stated=text, found=expected, holds=stated == found)


def _figures(page: bytes) -> dict[str, list[str]]:
    """What the page shows for every headline, with the exact value behind it, in the order of the page."""
    reader = _Reader()
    reader.feed(page.decode("utf-8", "replace"))
    reader.close()
    return reader.figures


class _Reader(HTMLParser):
    """Collects the text of every ``data`` element that names a headline."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[str, list[str]] = {}
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        key = named.get("data-headline")
        if tag == "data" and key is not None:
            self._open = self.figures.setdefault(key, [])
            self._open.append(f"[{named.get('value')}] ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open[-1] += data
