from __future__ import annotations

from pathlib import Path

import pytest

from jettison.report import verified

from .forging import broken, forge, put


def test_a_figure_changed_on_the_page_is_named(out: Path) -> None:
    page = out / "report.html"
    text = page.read_text()
    assert ">101 MB</data>" in text
    page.write_text(text.replace(">101 MB</data>", ">90.1 MB</data>", 1))
    assert broken(out) == ["report.html: now: peak memory", "report.html: the whole page"]


def test_a_figure_removed_from_the_page_is_named(out: Path) -> None:
    page = out / "report.html"
    text = page.read_text()
    start = text.index('<data value="0.0', text.index("change: loss"))
    page.write_text(text[:start] + text[text.index("</data>", start) + len("</data>") :])
    assert len(broken(out)) == 2


@pytest.mark.parametrize(
    ("shown", "instead"), [("11.1× faster", "21.1× faster"), ("Proved", "Certified"), ('width="100%"', 'width="50%"')]
)
def test_any_other_change_of_the_page_is_found_with_its_line(shown: str, instead: str, out: Path) -> None:
    page = out / "report.html"
    page.write_text(page.read_text().replace(shown, instead, 1))
    (wrong,) = (one for one in verified(out) if not one.holds)
    assert wrong.claim == "report.html: the whole page"
    assert instead in wrong.stated
    assert shown in wrong.found


def test_a_page_cut_short_and_a_page_continued_are_both_found(out: Path) -> None:
    page = out / "report.html"
    whole = page.read_bytes()
    page.write_bytes(whole + b"<p>more</p>\n")
    assert broken(out) == ["report.html: the whole page"]
    page.write_bytes(whole[:-20])
    assert broken(out) == ["report.html: the whole page"]
    page.unlink()
    assert broken(out) == ["report.html"]


def test_a_page_of_another_version_is_held_to_its_headlines_only(out: Path) -> None:
    forge(out, lambda tree: put(tree["report"], "jettison", "0.0.9"))
    page = out / "report.html"
    page.write_text(page.read_text().replace("Proved", "Holds", 1))
    assert broken(out) == []
