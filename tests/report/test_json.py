from __future__ import annotations

import json
from typing import Any

import pytest

from jettison.errors import ReportUnreadable
from jettison.report import headlines
from jettison.report.formats.json import read, render

from . import facts


@pytest.mark.parametrize("name", facts.ALL)
def test_a_report_comes_back_as_it_was_written(name: str) -> None:
    report = facts.ALL[name]()
    envelope = read(render(report))
    assert envelope.report == report
    assert envelope.headlines == headlines(report)
    assert (envelope.format, envelope.version) == ("jettison report", 1)


def test_every_raw_sample_stands_in_the_file() -> None:
    tree = json.loads(render(facts.full()))
    assert [tuple(map(tuple, one["rounds"])) for one in tree["report"]["proof"]] == [
        one.rounds for one in facts.full().proof
    ]
    assert [tuple(one["errors"]) for one in tree["report"]["proof"]] == [one.errors for one in facts.full().proof]


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(render(facts.nothing_better())), **fields}).encode()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "no whole report"),
        (b"\xff\xfe", "no whole report"),
        (render(facts.nothing_better())[:-200], "no whole report"),
        (b"[" * 200_000, "no whole report"),
        (b"[]", "no whole report"),
        (b'{"name": "something else"}', "no whole report"),
        (changed(format="SARIF"), "its format is 'SARIF'"),
        (changed(version=2), "version 2, and this jettison reads versions up to 1"),
        (changed(report={}), "missing required field `jettison`"),
        (
            changed(report={**json.loads(changed())["report"], "seconds": "long"}),
            r"Expected `float`, got `str` - at `\$\.report\.seconds`",
        ),
        (changed(report={**json.loads(changed())["report"], "seconds": float("nan")}), "no whole report"),
    ],
)
def test_what_is_no_whole_report_is_refused_with_the_reason_and_the_next_step(data: bytes, what: str) -> None:
    with pytest.raises(ReportUnreadable, match=what) as refused:
        read(data, where="out/report.json")
    assert refused.value.where == "out/report.json"
    assert refused.value.next_step
