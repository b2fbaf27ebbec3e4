"""``jettison compare`` on two forms of a real model, and what its exit code, and that of ``optimize``, says."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jettison.commands import main
from jettison.commands.compare import exit_code
from jettison.commands.optimize import exit_code as exit_code_of_optimize
from jettison.records import Comparison, from_json
from tests import encoder_folders
from tests.encoder_folders import TEXTS, WORDS
from tests.report import facts
from tests.report.test_compared import MODELS, comparison


@pytest.fixture(scope="module")
def data(pronounce: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "words.jsonl"
    lines = (pronounce / "data" / "selection.jsonl").read_text().splitlines()[:40]
    path.write_text("\n".join([*lines, lines[0]]) + "\n")
    return path


@pytest.mark.slow
@pytest.mark.online
def test_two_forms_of_a_model(
    converted: dict[str, Path], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    html = tmp_path / "compared.html"
    models = [str(shutil.copytree(converted[form], tmp_path / form)) for form in ("fp32", "int8-channels")]
    limits = ["--loss-points", "0.1", "--keep", "0.99"]
    code = main(["compare", *models, "--data", str(data), *limits, "--quick", "--html", str(html), "--json"])
    found = from_json(capsys.readouterr().out.encode(), Comparison)
    assert code == exit_code(found)
    first, second = found.observations.measurements
    assert (len(first.errors), found.metric, found.task) == (40, "token_error_rate", "text2text-generation")
    assert second.model_bytes < first.model_bytes / 2
    (score,) = found.verdict.scores
    # 40 words cannot prove a tenth of a point, whatever they show.
    assert [each.ruling for each in score.judgements[:2]] in (["undecided"] * 2, ["refuted"] * 2)
    assert found.notes == ("compared data: 1 of 41 lines repeat an earlier one; each counts once",)
    assert b"</svg>" in html.read_bytes()

    # Measured once: the same again takes no time, now in words.
    said = printed(capsys, "compare", *models, "--data", str(data), *limits, "--quick")
    assert "1 − token_error_rate ↑" in said
    assert "int8-channels: token_error_rate: at least 99 % of the original's: " in said


@pytest.mark.slow
@pytest.mark.online
def test_a_hugging_face_folder_that_answers_questions_beside_its_converted_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original = encoder_folders.bert(tmp_path / "bert", "question-answering")
    questions = [{"question": f"who is {name}?", "context": text} for text in TEXTS[:3] for name in WORDS[:3]]
    data = tmp_path / "asked.jsonl"
    data.write_text("".join(json.dumps({"input": question}) + "\n" for question in questions))
    assert main(["convert", str(original), "--form", "fp32", "--out", str(tmp_path / "made")]) == 0
    capsys.readouterr()
    main(["compare", str(original), str(tmp_path / "made" / "fp32"), "--data", str(data), "--quick", "--json"])
    found = from_json(capsys.readouterr().out.encode(), Comparison)
    assert (found.task, found.metric) == ("question-answering", "f1_token")
    assert [each.errors for each in found.observations.measurements] == [(0.0,) * len(questions)] * 2


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(arguments)
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--keep", "99"], "'99' is not a share of 1"),
        (["--keep", "0"], "'0' is not a share of 1"),
        (["--confidence", "0.5"], "'0.5' is not a number above 0.5"),
        (["--confidence", "high"], "'high' is not a number above 0.5"),
    ],
)
def test_limits_that_cannot_be_meant_are_wrong_usage(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "a", "b", "--data", "c", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_the_exit_code_says_yes_too_few_or_kept() -> None:
    proved = comparison()
    assert proved.verdict.winner == "mobile"
    assert exit_code(proved) == 0
    few: dict[str, Any] = {"errors": (1.0,) + (0.0,) * 39, "units": (1.0,) * 40, "outputs": ("x",) * 40}
    undecided = comparison(tuple(replace(one, **few) for one in MODELS[:2]))
    assert undecided.verdict.needed_items is not None
    assert undecided.verdict.needed_items > 40
    assert exit_code(undecided) == 3
    slower = comparison((MODELS[1], MODELS[2]))
    assert exit_code(slower) == 4


def test_optimize_ends_with_three_when_more_items_would_decide_and_with_four_when_they_would_not() -> None:
    report = facts.full()
    kept = replace(report, verdict=replace(report.verdict, winner="original"))
    assert exit_code_of_optimize(report, quick=False) == 0
    assert exit_code_of_optimize(kept, quick=False) == 4
    short = replace(kept, verdict=replace(kept.verdict, needed_items=5000))
    assert exit_code_of_optimize(short, quick=False) == 3
    assert json.dumps(short.verdict.needed_items) == "5000"
