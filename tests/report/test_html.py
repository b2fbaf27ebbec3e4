from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import msgspec
import pytest

from jettison.records import (
    Difference,
    Doubt,
    Finding,
    FleetCheck,
    Group,
    Known,
    Level,
    Part,
    Rejected,
    Report,
    Ruling,
    Saving,
    Unit,
    Weight,
    from_json,
    to_json,
)
from jettison.records.deployment import AppKind, CheckpointFormat, NumpyFrom
from jettison.report import headlines
from jettison.report.figures import headline_text
from jettison.report.formats.html import render

from . import facts
from .pages import Element, parsed

LIMIT_BYTES = 300_000
EVERY_REPORT = pytest.mark.parametrize("name", facts.ALL)


@cache
def page(name: str) -> Element:
    return parsed(render(facts.ALL[name]()))


@EVERY_REPORT
def test_every_element_is_closed_in_order_and_every_id_is_used_once(name: str) -> None:
    ids = [one.attributes["id"] for one in page(name).all() if "id" in one.attributes]
    assert len(ids) == len(set(ids)) > 3


@EVERY_REPORT
def test_nothing_is_fetched_and_nothing_runs(name: str) -> None:
    tree = page(name)
    assert not {one.tag for one in tree.all()} & {"script", "link", "img", "iframe", "object", "form", "base", "a"}
    for one in tree.all():
        assert not [key for key in one.attributes if key.startswith("on") or key in ("src", "href", "xlink:href")]
        assert not [key for key, value in one.attributes.items() if "//" in value]
    (style,) = tree.all("style")
    assert not re.search(r"url\(|@import|//", style.text)
    policy = [one.attributes["content"] for one in tree.all("meta") if "http-equiv" in one.attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"]


@EVERY_REPORT
def test_every_headline_is_on_the_page_as_it_was_computed(name: str) -> None:
    shown: dict[str, set[tuple[str, str]]] = {}
    for one in page(name).all("data"):
        shown.setdefault(one.attributes["data-headline"], set()).add((one.text, one.attributes["value"]))
    expected = {one.key: {(headline_text(one), repr(one.value))} for one in headlines(facts.ALL[name]())}
    assert shown == expected


@EVERY_REPORT
def test_a_reader_who_does_not_see_the_charts_is_told_what_they_show(name: str) -> None:
    tree = page(name)
    (root,) = tree.all("html")
    assert root.attributes["lang"] == "en"
    assert len(tree.all("h1")) == len(tree.all("main")) == 1
    for chart in tree.all("svg"):
        assert chart.attributes["role"] == "img"
        assert chart.children[0].tag == "title"
        assert chart.children[0].text
    for table in tree.all("table"):
        assert table.children[0].tag == "caption"
        assert all(cell.attributes.get("scope") in ("row", "col") for cell in table.all("th"))
    assert all(one.children[0].tag == "summary" for one in tree.all("details"))


def test_the_page_knows_both_themes_paper_and_narrow_screens() -> None:
    style = page("full").all("style")[0].text
    assert "(prefers-color-scheme: dark)" in style
    assert "@media print" in style
    assert "@media (max-width: 700px)" in style
    names = {
        one.attributes["name"]: one.attributes["content"]
        for one in page("full").all("meta")
        if "name" in one.attributes
    }
    assert names == {"viewport": "width=device-width, initial-scale=1", "color-scheme": "light dark"}


def test_the_first_screen_has_the_line_the_outcome_four_figures_and_the_waterfall() -> None:
    (main,) = page("full").all("main")
    header, cards, size = main.children[:3]
    assert header.all("h1")[0].text.startswith("pronounce: ≥ 9.11 GB → 131 MB (≥ 69.7× smaller), 11.1× faster")
    assert "Proved" in header.text
    assert [card.all("h2")[0].text for card in cards.children] == [
        "Image, unpacked",
        "Median latency",
        "Peak memory",
        "Cold start",
    ]
    assert [one.text for one in cards.all("p") if one.attributes["class"] == "change"] == [
        "≥ 69.7× smaller",
        "11.1× faster",
        "5.10× less",
        "13.0× faster",
    ]
    bars = [one.children[0].text for one in size.all("svg")]
    assert bars[0] == "as found: 9.11 GB unpacked, 5.83 GB pulled"
    assert bars[-1] == "final: 131 MB unpacked, 43.0 MB pulled"


def test_what_cannot_work_and_what_was_not_weighed_is_said_with_its_reason() -> None:
    text = page("full").text
    assert "the runtime is not installed on this machine" in text
    assert "needs a C++ compiler in the image" in text
    assert "Not counted: build-essential: the mirror did not answer, so its 73 packages are not counted." in text


def test_a_line_that_keeps_torch_is_shown_with_its_reason() -> None:
    text = page("adapter_refused").text
    assert "app.py:31" in text
    assert "logits = torch.softmax(model(**batch).logits, -1)" in text
    assert "proposed but not used" in text


def test_doubts_stand_in_sentences() -> None:
    assert "original (service): Python 3.11 in place of 3.9." in page("undecided").text


def test_a_percentile_that_is_not_earned_says_so() -> None:
    full = facts.full()
    few = tuple(replace(one, rounds=(one.rounds[0],)) for one in full.proof)
    tree = parsed(render(replace(full, proof=few)))
    assert [one.text for one in tree.all("span") if one.attributes.get("class") == "unearned"] == ["not earned"] * 4


def test_the_same_report_gives_the_same_bytes() -> None:
    assert render(facts.full()) == render(from_json(to_json(facts.full()), Report))


def with_differences(count: int, length: int) -> Report:
    phonemes = (
        "AH",
        "B",
        "CH",
        "D",
        "EH",
        "F",
        "G",
        "HH",
        "IH",
        "JH",
        "K",
        "L",
        "M",
        "N",
        "OW",
        "P",
        "R",
        "S",
        "T",
        "UW",
    )

    def answer(word: str, places: Iterable[int]) -> str:
        return json.dumps({"phonemes": " ".join(phonemes[place % 20] for place in places), "word": word})

    differences = tuple(
        Difference(
            index=index,
            request=f'POST /pronounce {{"word":"word{index:05d}"}}',
            expected=answer(f"word{index:05d}", range(index, index + length)),
            got=answer(f"word{index:05d}", (place + place % 2 for place in range(index, index + length))),
        )
        for index in range(0, 2 * count, 2)
    )
    return replace(facts.full(), replay=replace(facts.REPLAY, requests=2 * count, differences=differences))


def heavy(report: Report) -> Report:
    """With 100 packages in the image as found, and 3,000 latency samples a side."""
    found = report.weights[0]
    packages = tuple(
        Part(
            name=f"package-with-a-long-name-{index} 1.2.{index}",
            group="python",
            pulled_bytes=index * 1000,
            unpacked_bytes=index * 3000,
            known="weighed",
            required_by=(f"package-with-a-long-name-{index // 2} 1.2.{index // 2}", "torch 2.13.0"),
        )
        for index in range(100)
    )
    return replace(
        report,
        weights=(replace(found, parts=(*found.parts, *packages)), *report.weights[1:]),
        proof=tuple(replace(one, rounds=one.rounds * 5) for one in report.proof),
    )


def test_the_page_stays_under_300_kb_with_2000_differences_100_packages_and_3000_samples() -> None:
    report = heavy(with_differences(2000, 5))
    assert len(report.proof[0].seconds) == 3000
    made = render(report)
    assert len(made) < LIMIT_BYTES
    (listed,) = (one for one in parsed(made).all("ol") if one.attributes["class"] == "differences")
    assert [int(one.attributes["value"]) for one in listed.children] == [2 * index for index in range(2000)]


def test_differences_too_long_to_spell_out_are_all_named_and_the_page_stays_small() -> None:
    made = render(heavy(with_differences(2000, 400)))
    assert len(made) < LIMIT_BYTES
    tree = parsed(made)
    (listed,) = (one for one in tree.all("ol") if one.attributes["class"] == "differences")
    spelled = [int(one.attributes["value"]) for one in listed.children]
    (rest,) = re.findall(r"in full in report.json: requests ([\d, to]+)\.", tree.text)
    named = [int(number) for number in rest.split(", ")]
    assert spelled + named == [2 * index for index in range(2000)]
    assert len(spelled) > 100


def test_without_labels_changed_answers_are_called_that_and_no_loss() -> None:
    page = render(facts.without_labels()).decode()
    assert "Loss, points" not in page
    assert page.count("Answers changed</th>") == 1
    assert "Answers changed</th>" not in render(facts.full()).decode()


def test_few_differences_are_open_and_many_are_folded() -> None:
    def is_open(count: int) -> bool:
        tree = parsed(render(with_differences(count, 5)))
        (details,) = (one for one in tree.all("details") if one.text.lstrip().startswith(f"{count} answers differ"))
        return "open" in details.attributes

    assert is_open(20)
    assert not is_open(21)


HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)></style></title></svg>{{7*7}}{% x %}\x1b[31m\u202e&amp;"
)
CHOICES = frozenset(
    choice
    for kind in (Doubt, Group, Known, Level, Ruling, Unit, AppKind, CheckpointFormat, NumpyFrom)
    for choice in get_args(kind)
) | {"flask", "shell", "original"}


def hostile(value: Any) -> Any:
    """Every free text of a JSON tree with something nasty behind it."""
    match value:
        case str():
            return value if value in CHOICES else value + HOSTILE
        case list():
            return [hostile(one) for one in value]
        case dict():
            # What a request's files were is bytes, in base64, and never shown.
            return {key: one if key == "data" else hostile(one) for key, one in value.items()}
    return value


@EVERY_REPORT
def test_hostile_text_in_every_field_of_a_report_stays_text(name: str) -> None:
    report = facts.ALL[name]()
    attacked = msgspec.json.encode(hostile(msgspec.json.decode(to_json(report))))
    made = render(from_json(attacked, Report))
    tree = parsed(made)
    assert shape(tree) == shape(parsed(render(report)))
    assert b"\x1b" not in made
    assert "\u202e" not in made.decode()
    assert b"<script" not in made
    assert b"7*7" in made


def shape(tree: Element) -> set[str]:
    """The kinds of elements and attributes on a page."""
    return set(kinds(tree))


def kinds(element: Element) -> Iterator[str]:
    for one in element.all():
        yield from (f"{one.tag} {name}" for name in (*one.attributes, ""))


def test_a_model_named_like_a_script_is_shown_by_that_name() -> None:
    full = facts.full()
    report = replace(full, rejected=(Rejected(name="<script>", reason="a name like any other"),))
    assert "<script>" in parsed(render(report)).text
    assert b"<script>" not in render(report)


def test_what_is_known_of_each_form_on_other_cpus_stands_on_the_page() -> None:
    full = facts.full()
    check = FleetCheck(cpu="avx2", holds=True, emulator="qemu as <Haswell>", difference=0.0012)
    made = replace(full, candidates=tuple(replace(each, fleet=(check,)) for each in full.candidates))
    said = parsed(render(made)).text
    assert "run by qemu as <Haswell>, where no number is further from its own here than 0.12% of the largest" in said
    assert said.count(" on avx2") == len(full.candidates)
    assert "On the CPUs that were asked for" not in parsed(render(full)).text


def test_a_weight_without_parts_draws_no_bars() -> None:
    tree = parsed(render(replace(facts.full(), weights=(Weight(name="as found", parts=()),))))
    assert any(one.text == "as found: 0 B unpacked, 0 B pulled" for one in tree.all("title"))


def test_what_lint_found_stands_on_the_page_the_dearest_first_escaped_and_counted() -> None:
    findings = tuple(
        Finding(
            code="L01",
            name="pip-cache",
            file="<b>Dockerfile",
            line=line,
            last_line=line,
            column=1,
            message="pip keeps <its> cache",
            advice="",
            fix="safe",
            saving=Saving(size_bytes=line * 1_000_000, known="table", source="a study of 2026"),
        )
        for line in range(1, 34)
    )
    tree = parsed(render(replace(facts.full(), findings=findings)))
    (section,) = (one for one in tree.all("section") if one.attributes.get("id") == "found")
    rows = [row.text for row in section.all("tr")][1:]
    assert len(rows) == 30
    assert "<b>Dockerfile:33" in rows[0]
    assert "33.0 MB" in rows[0]
    assert "3 more:" in section.text
    assert "found" not in [one.attributes.get("id") for one in parsed(render(facts.full())).all("section")]
