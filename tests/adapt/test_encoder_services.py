"""Services around encoders as people write them (`encoder_services`): adapted with equal answers, or refused by line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jettison.adapt import adaptation
from jettison.answers import same
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared
from jettison.records import Adaptation, Answer, finished
from jettison.workspace import Workspace
from tests import encoder_folders
from tests.adapt.answering import answers, with_torch, without_torch

SERVICES = Path(__file__).parent / "encoder_services"
PEER = Path(__file__).parent.parent / "encoder_peer.py"
MODELS = {
    "answers_by_hand": ("electra", "question-answering"),
    "answers_pipeline": ("roberta", "question-answering"),
    "duplicate_questions": ("distilbert", "feature-extraction"),
    "entities_pipeline": ("bert", "token-classification"),
    "fill_mask": ("bert", "fill-mask"),
    "layers_wanted": ("bert", "feature-extraction"),
    "mask_by_hand": ("bert", "fill-mask"),
    "semantic_search": ("albert", "feature-extraction"),
    "sentence_similarity": ("bert", "feature-extraction"),
    "sentiment_pipeline": ("distilbert", "text-classification"),
    "softmax_by_hand": ("xlm-roberta", "text-classification"),
    "tags_by_hand": ("electra", "token-classification"),
    "toxicity_labels": ("bert", "text-classification"),
    "zero_shot": ("bert", "text-classification"),
}
"""Which model each gets, of what it loads."""
REFUSED = {
    "layers_wanted": ("main.py", 7, "output_hidden_states"),
    "zero_shot": ("main.py", 5, "only pipelines for"),
}
"""The line that stands in the way, and a word of the reason."""
UNPAIRED = {"sentence_similarity"}
"""Not run side by side: sentence-transformers itself is in no environment of the tests."""


def entry(name: str) -> str:
    return "main" if (SERVICES / name / "main.py").is_file() else "app"


def adapted(name: str) -> Adaptation:
    folder = SERVICES / name
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return adaptation(folder, files, entry(name))


@pytest.mark.parametrize("name", MODELS)
def test_each_is_adapted_or_refused_by_line(name: str) -> None:
    found = adapted(name)
    shown = [(each.file, each.line) for each in found.refusals]
    if name not in REFUSED:
        assert shown == []
        assert {"torch", "transformers", "sentence-transformers"} <= set(found.removed)
        return
    file, line, words = REFUSED[name]
    assert shown == [(file, line)]
    assert words in found.refusals[0].reason


def test_every_folder_is_judged() -> None:
    assert set(MODELS) == {each.name for each in SERVICES.iterdir() if each.is_dir()}


@pytest.mark.slow
@pytest.mark.online
def test_adapted_ones_answer_as_under_torch(tmp_path: Path, workspace: Workspace, user_workspace: Workspace) -> None:
    kept = [name for name in MODELS if name not in REFUSED and name not in UNPAIRED]
    original, light = with_torch(user_workspace), without_torch(user_workspace)
    folders = {name: encoder_folders.write(tmp_path / "models" / name, *MODELS[name]) for name in kept}
    draw_weights(original, list(folders.values()), tmp_path)
    for name, folder in folders.items():
        made, rejected = finished(
            candidates(folder, name="model", prompts=["a fox"], workspace=workspace, forms=[named("fp32")])
        )
        assert not rejected
        assert made[0].model is not None
        for side, model in (("original", folder), ("adapted", made[0].model.path)):
            shutil.copytree(SERVICES / name, tmp_path / side / name)
            (tmp_path / side / name / "model").symlink_to(model)
        for file in adapted(name).files:
            (tmp_path / "adapted" / name / file.path).write_text(file.after)
    entries = {name: f"{entry(name)}:app" for name in kept}
    preloaded = "torch,transformers.pipelines,transformers.models.bert.modeling_bert,flask,fastapi.testclient"
    expected = answers(original, preloaded, tmp_path / "original", entries)
    got = answers(light, "flask,fastapi.testclient", tmp_path / "adapted", entries)
    for name in kept:
        assert isinstance(expected[name], list), expected[name]
        assert isinstance(got[name], list), got[name]
        for theirs, ours in zip(expected[name], got[name], strict=True):
            assert same(answer(theirs), answer(ours)), (name, theirs, ours)
        assert any(status == 200 and body for status, _, body in expected[name])


def answer(given: list[object]) -> Answer:
    status, kind, body = given
    return Answer(status=int(str(status)), content_type=str(kind), body=str(body))


def draw_weights(environment: Prepared, folders: list[Path], work: Path) -> None:
    """Random weights for every folder, saved by transformers itself."""
    nothing = {"task": "", "texts": ["a", "b"], "cases": []}
    (work / "questions.json").write_text(json.dumps({str(folder): nothing for folder in folders}))
    command = [str(environment.python), str(PEER), str(work / "questions.json"), str(work / "answers.json")]
    environ = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environ)
    assert done.returncode == 0, done.stderr[-2000:]
