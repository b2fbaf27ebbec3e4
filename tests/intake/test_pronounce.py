"""The example service, field by field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jettison.intake import deployment, tokenizer_folder
from jettison.records import (
    Deployment,
    EntryPoint,
    Limits,
    PythonInstall,
    Start,
    SystemInstall,
    from_json,
    to_json,
)

ROOT = Path(__file__).parents[2] / "examples" / "pronounce"


@pytest.fixture(scope="module")
def pronounce() -> Deployment:
    return deployment(ROOT)


def line_of(file: str, part: str) -> int:
    """The last line of the example that holds this text."""
    lines = (ROOT / file).read_text().splitlines()
    return max(number for number, line in enumerate(lines, start=1) if part in line)


def test_where_it_is_and_what_it_stands_on(pronounce: Deployment) -> None:
    assert (pronounce.name, pronounce.root) == ("pronounce", ROOT)
    assert pronounce.dockerfile == ROOT / "Dockerfile"
    assert (pronounce.base_image, pronounce.python, pronounce.workdir) == ("python:3.11", "3.11", "/app")
    assert pronounce.environment == (("PYTHONUNBUFFERED", "1"),)
    assert pronounce.written == ()


def test_the_app_and_how_it_is_started(pronounce: Deployment) -> None:
    assert pronounce.entry == EntryPoint(
        module="app",
        variable="app",
        framework="flask",
        kind="wsgi",
        file=Path("app.py"),
        line=line_of("app.py", "app = Flask("),
    )
    assert pronounce.start == Start(
        argv=("gunicorn", "--bind", "0.0.0.0:8080", "--workers", "1", "--threads", "4", "--timeout", "120", "app:app"),
        server="gunicorn",
        form="shell",
        port=8080,
        workers=1,
        threads=4,
    )


def test_what_is_installed_and_what_stays_behind(pronounce: Deployment) -> None:
    assert pronounce.system_installs == (
        SystemInstall(
            packages=("build-essential", "cmake", "git", "vim"),
            recommends=True,
            keeps_lists=True,
            line=line_of("Dockerfile", "apt-get install"),
        ),
    )
    assert pronounce.python_installs == (
        PythonInstall(tool="pip", requirements=("pip",), line=line_of("Dockerfile", "--upgrade pip")),
        PythonInstall(
            tool="pip",
            requirements=tuple((ROOT / "requirements.txt").read_text().split()),
            line=line_of("Dockerfile", "-r requirements.txt"),
        ),
    )
    assert all(each.keeps_cache and each.compiles for each in pronounce.python_installs)


def test_every_file_of_the_folder_lands_in_the_image(pronounce: Deployment) -> None:
    files = {path for path in ROOT.rglob("*") if path.is_file()}
    assert {ROOT / each.source for each in pronounce.files} == files
    assert {each.target for each in pronounce.files} == {f"/app/{path.relative_to(ROOT)}" for path in files}
    assert sum(each.size_bytes for each in pronounce.files) == sum(path.stat().st_size for path in files)


def test_the_model_that_the_code_loads(pronounce: Deployment) -> None:
    (model,) = pronounce.checkpoints
    assert (model.name, model.path, model.image_path) == ("model", ROOT / "model", "/app/model")
    assert (model.format, model.architecture) == ("safetensors", "t5")
    assert model.size_bytes == sum(path.stat().st_size for path in (ROOT / "model").iterdir())
    assert model.place == f"app.py:{line_of('app.py', 'T5ForConditionalGeneration.from_pretrained')}"
    assert tokenizer_folder(model) == ROOT / "model"


def test_requests_labelled_data_and_limits(pronounce: Deployment) -> None:
    assert len(pronounce.requests) == len((ROOT / "requests.jsonl").read_text().splitlines())
    first = pronounce.requests[0]
    assert (first.method, first.path, first.headers) == ("POST", "/pronounce", (("Content-Type", "application/json"),))
    assert pronounce.requests[-1].method == "GET"
    truth = pronounce.truth
    assert truth is not None
    assert (truth.metric, truth.answer) == ("token_error_rate", "phonemes")
    for name, part in (("selection", truth.selection), ("verdict", truth.verdict)):
        lines = [json.loads(line) for line in (ROOT / "data" / f"{name}.jsonl").read_text().splitlines()]
        assert [each.target for each in part] == [line["target"] for line in lines]
        assert [json.loads(each.request.body) for each in part] == [{"word": line["input"]} for line in lines]
    assert pronounce.limits == Limits(loss_points=0.5, confidence=0.95)


def test_nothing_had_to_be_guessed_and_the_record_survives_json(pronounce: Deployment) -> None:
    assert pronounce.notes == ()
    assert from_json(to_json(pronounce), Deployment) == pronounce
