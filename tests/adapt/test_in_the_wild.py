"""Services as people write them (`services_in_the_wild`): adapted with equal answers, or refused by line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from jettison.adapt import adaptation
from jettison.records import Adaptation
from jettison.workspace import Workspace
from tests.adapt.answering import answers, with_torch, without_torch

SERVICES = Path(__file__).parent / "services_in_the_wild"
ENTRIES = {
    "batch_translator": "translate:app",
    "class_in_module": "app:app",
    "confidence_scores": "app:app",
    "fastapi_lifespan": "app.main:app",
    "fastapi_pipeline": "main:app",
    "form_page": "app:app",
    "lazy_blueprint": "wsgi:app",
    "paraphrase_beams": "app:app",
    "per_request": "app:app",
    "quantized_dynamic": "app:app",
    "queue_worker": "server:app",
    "seeded_sampling": "main:app",
    "token_chunks": "app:app",
    "token_stream": "main:app",
    "typed_engine": "main:app",
    "waitress_factory": "serve:create_app()",
}
REFUSED = {
    "confidence_scores": ("app.py", 39, "output_scores"),
    "quantized_dynamic": ("app.py", 9, "a model quantized by torch gives other numbers"),
    "seeded_sampling": ("main.py", 16, "a seed gives other ones"),
}
"""The first line that stands in the way, and a word of the reason."""


@pytest.mark.parametrize("name", ENTRIES)
def test_each_is_adapted_or_refused_by_line(name: str) -> None:
    found = adapted(name)
    shown = [(each.file, each.line, each.reason) for each in found.refusals]
    if name not in REFUSED:
        assert shown == []
        assert {"torch", "transformers"} <= set(found.removed)
        return
    file, line, words = REFUSED[name]
    assert shown[0][:2] == (file, line)
    assert words in " ".join(reason for _, _, reason in shown)


def test_at_least_eleven_of_sixteen_are_adapted() -> None:
    assert set(ENTRIES) == {each.name for each in SERVICES.iterdir() if each.is_dir()}
    assert len(ENTRIES) == 16
    assert len(ENTRIES) - len(REFUSED) >= 11


def test_a_model_that_is_loaded_for_every_request_is_told() -> None:
    assert [each for each in adapted("per_request").notes if "at every call" in each]


@pytest.mark.slow
def test_adapted_ones_answer_as_under_torch(
    tmp_path: Path, pronounce: Path, converted: dict[str, Path], user_workspace: Workspace
) -> None:
    kept = [name for name in ENTRIES if name not in REFUSED]
    for name in kept:
        for side in ("original", "adapted"):
            shutil.copytree(SERVICES / name, tmp_path / side / name)
        (tmp_path / "adapted" / name / "model").symlink_to(converted["fp32"])
        (tmp_path / "original" / name / "model").symlink_to(tmp_path / "model")
        for file in adapted(name).files:
            (tmp_path / "adapted" / name / file.path).write_text(file.after)
    model_of_a_t5(pronounce / "model", tmp_path / "model")
    preloaded = "torch,transformers.pipelines,transformers.models.t5.modeling_t5,flask,fastapi.testclient"
    entries = {name: ENTRIES[name] for name in kept}
    expected = answers(with_torch(user_workspace), preloaded, tmp_path / "original", entries)
    got = answers(without_torch(user_workspace), "flask,fastapi.testclient", tmp_path / "adapted", entries)
    for name in kept:
        assert isinstance(expected[name], list), expected[name]
        assert got[name] == expected[name], name
        assert any(status == 200 and body for status, _, body in expected[name])


def adapted(name: str) -> Adaptation:
    folder = SERVICES / name
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return adaptation(folder, files, ENTRIES[name].partition(":")[0])


def model_of_a_t5(source: Path, folder: Path) -> None:
    """The example's model with a tokenizer that gives no token types, which no T5 takes."""
    shutil.copytree(source, folder)
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "model_input_names": ["input_ids", "attention_mask"]}))
