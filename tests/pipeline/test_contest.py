"""What models are asked, and what is refused before any of them is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jettison.errors import (
    JettisonError,
    ModelMissing,
    ModelUnreadable,
    RequestsMissing,
    SettingsInvalid,
    UnsupportedModel,
)
from jettison.pipeline import Contest, compared
from jettison.pipeline.contestants import names, task_of
from jettison.workspace import Workspace


def folder(place: Path, name: str, **description: Any) -> Path:
    made = place / name
    made.mkdir()
    (made / "config.json").write_text(json.dumps(description))
    return made


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("T5ForConditionalGeneration", "text2text-generation"),
        ("BertForSequenceClassification", "text-classification"),
        ("DistilBertForTokenClassification", "token-classification"),
        ("ElectraForQuestionAnswering", "question-answering"),
        ("RobertaForMaskedLM", "fill-mask"),
        ("BertModel", "feature-extraction"),
    ],
)
def test_what_a_folder_is_for_shows_in_its_description(tmp_path: Path, architecture: str, task: str) -> None:
    hub = folder(tmp_path, "hub", architectures=[architecture])
    converted = tmp_path / "converted"
    converted.mkdir()
    (converted / "manifest.json").write_text(json.dumps({"task": task}))
    assert task_of([hub, converted]).name == task


def test_a_folder_of_sentence_transformers_is_for_embeddings_whatever_its_head(tmp_path: Path) -> None:
    made = folder(tmp_path, "m", architectures=["MPNetForMaskedLM"])
    (made / "modules.json").write_text("[]")
    assert task_of([made]).name == "feature-extraction"


def test_what_cannot_be_compared_is_refused_with_the_folder(tmp_path: Path) -> None:
    one = folder(tmp_path, "one", architectures=["BertModel"])
    other = folder(tmp_path, "other", architectures=["BertForMaskedLM"])
    with pytest.raises(UnsupportedModel, match=r"is for fill-mask, and .*one for feature-extraction"):
        task_of([one, other])
    with pytest.raises(UnsupportedModel, match="GPT2LMHeadModel cannot be compared"):
        task_of([folder(tmp_path, "gpt", architectures=["GPT2LMHeadModel"])])
    with pytest.raises(UnsupportedModel, match="no architecture"):
        task_of([folder(tmp_path, "bare")])
    with pytest.raises(ModelMissing, match="is no model"):
        task_of([tmp_path / "nowhere"])
    broken = folder(tmp_path, "broken")
    for text in ("{", "[]", "[" * 100_000):
        (broken / "config.json").write_text(text)
        with pytest.raises(ModelUnreadable, match=r"config\.json"):
            task_of([broken])


def test_two_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    assert names([tmp_path / "a" / "fp32", tmp_path / "b" / "fp32", tmp_path / "c"]) == ("a/fp32", "b/fp32", "c")


def test_a_folder_named_original_is_not_taken_for_the_verdicts_original(tmp_path: Path) -> None:
    assert names([tmp_path / "a" / "original", tmp_path / "small"]) == ("a/original", "small")


LINES: list[dict[str, Any]] = [{"input": f"text {number}", "target": "yes"} for number in range(5)]


def refused(tmp_path: Path, lines: list[dict[str, Any]] | str, **more: Any) -> JettisonError:
    model = tmp_path / "model"
    if not model.is_dir():
        folder(tmp_path, "model", architectures=["BertForSequenceClassification"])
    data = tmp_path / "data.jsonl"
    data.write_text(lines if isinstance(lines, str) else "".join(json.dumps(line) + "\n" for line in lines))
    contest = Contest(models=(model, model), data=data, **more)
    with pytest.raises(JettisonError) as caught:
        next(compared(contest, Workspace(root=tmp_path / "cache")))
    return caught.value


def test_data_that_are_those_of_the_calibration_are_refused(tmp_path: Path) -> None:
    calibration = tmp_path / "calibration.jsonl"
    calibration.write_text('{"input": "text 9"}\n{"input": " text  3"}\n')
    found = refused(tmp_path, LINES, calibration=calibration)
    assert isinstance(found, SettingsInvalid)
    assert found.what == "1 of 5 items of the compared data are in the calibration data too"
    assert found.where == "data.jsonl:4 is calibration.jsonl:2"
    calibration.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    assert (
        "every item of the compared data is in the calibration"
        in refused(tmp_path, LINES, calibration=calibration).what
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "nothing to ask"),
        ("no json\n", "cannot be read as JSON lines"),
        ("[1]\n", "cannot be read as JSON lines"),
        ('{"text": "a"}\n', "cannot be read as JSON lines"),
        ('{"input": null}\n', "nothing to ask"),
    ],
)
def test_data_without_questions_are_refused(tmp_path: Path, lines: str, says: str) -> None:
    found = refused(tmp_path, lines)
    assert isinstance(found, RequestsMissing)
    assert says in found.what


@pytest.mark.parametrize(
    "lines",
    [
        [{"input": ["a", "b"]}],
        [{"input": ["a", "b"], "target": "same"}, {"input": "c", "target": "same"}],
        [{"input": ["a"], "target": "same"}],
    ],
)
def test_pairs_are_asked_for_in_every_line_and_with_a_right_answer(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    folder(tmp_path, "model", architectures=["BertModel"])
    assert "has pairs" in refused(tmp_path, lines).what


def test_an_unknown_metric_and_a_label_that_no_item_has_are_refused(tmp_path: Path) -> None:
    assert "no metric bleu" in refused(tmp_path, LINES, metric="bleu").what
    assert "no metric score.py:near" in refused(tmp_path, LINES, metric="score.py:near").what
    assert "f1 needs two labels" in refused(tmp_path, LINES, metric="f1").what
