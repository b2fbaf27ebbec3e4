"""What the choice made of the figures is worked out again, and a forged word of it is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jettison import __version__
from jettison.pipeline import verified
from jettison.pipeline.advice import advice
from jettison.pipeline.choosing import chosen, proved
from jettison.records import Report
from jettison.report import documents
from tests.report import facts
from tests.report.verification.forging import Tree, forge, put


def told(report: Report) -> Report:
    """The report with what the choice really says of its figures."""
    assert report.image is not None
    original, shipped = report.proof
    report = replace(
        report,
        jettison=__version__,
        verdict=chosen(report.deployment, report.measurements),
        final=proved(report.deployment, original, shipped, report.image),
    )
    return replace(report, advice=advice(report))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return written(told(facts.full()), tmp_path)


def written(report: Report, folder: Path) -> Path:
    for name, data in documents(report):
        (folder / name).write_bytes(data)
    return folder


def broken(folder: Path) -> list[str]:
    """But for the image, whose files are not there."""
    return [one.claim for one in verified(folder) if not one.holds and not one.claim.startswith("image")]


def test_what_the_choice_says_holds(out: Path, tmp_path: Path) -> None:
    assert broken(out) == []
    claims = {one.claim for one in verified(out)}
    assert {
        "advice",
        "verdict: order",
        "verdict: reason",
        "candidate int4-blocks: what speaks against it",
        "final: what speaks against it",
    } <= claims
    report = told(facts.without_labels())
    assert broken(written(report, tmp_path)) == []


def test_a_report_of_another_version_is_not_held_against_the_words_of_this_one(tmp_path: Path) -> None:
    report = replace(told(facts.full()), jettison="0.0.1", advice=("Buy more memory.",))
    assert broken(written(report, tmp_path)) == []


FORGERIES: dict[str, tuple[Callable[[Tree], object], str]] = {
    "advice that nothing gives": (lambda report: report["advice"].append("Trust it."), "advice"),
    "an objection forgotten": (
        lambda report: [score.update(objection="") for score in report["verdict"]["scores"]],
        "candidate int4-blocks: what speaks against it",
    ),
    "an objection to what ships made up": (
        lambda report: put(report["final"], "objection", "slower"),
        "final: what speaks against it",
    ),
    "another sentence for the verdict": (
        lambda report: put(report["verdict"], "reason", "the best that there is"),
        "verdict: reason",
    ),
    "another winner": (lambda report: put(report["verdict"], "winner", "fp32"), "verdict: winner"),
    "another order": (lambda report: report["verdict"]["order"].reverse(), "verdict: order"),
    "a candidate that was not run": (
        lambda report: report["verdict"]["scores"].append({**report["verdict"]["scores"][0], "candidate": "int2"}),
        "candidate int2: what speaks against it",
    ),
}


@pytest.mark.parametrize("fault", FORGERIES)
def test_a_forged_word_is_found(fault: str, out: Path) -> None:
    change, named = FORGERIES[fault]
    forge(out, lambda tree: (change(tree["report"]), None)[1])
    assert named in broken(out)


def test_another_winner_is_believed_when_a_failed_proof_is_told(out: Path) -> None:
    def lose(tree: Tree) -> None:
        put(tree["report"]["verdict"], "winner", "fp32")
        put(tree["report"]["verdict"], "reason", "fp32, because int8-blocks was not proved: slower than the original")

    forge(out, lose)
    assert not [claim for claim in broken(out) if claim.startswith("verdict")]
    assert json.loads((out / "report.json").read_text())["report"]["verdict"]["winner"] == "fp32"
