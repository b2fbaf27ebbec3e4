"""``jettison adapt --out``: the copy holds the service's files as they are, and nothing else is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from jettison.commands import main
from tests.intake.folders import hf_folder, write

APP = (
    "import torch\nfrom flask import Flask\nfrom transformers import AutoModelForSeq2SeqLM\n"
    "app = Flask(__name__)\nmodel = AutoModelForSeq2SeqLM.from_pretrained('model')\nmodel.eval()\n"
)


@pytest.fixture
def service(tmp_path: Path) -> Path:
    files = {"app.py": APP, "requirements.txt": "flask\ntorch>=2\ntransformers\n", **hf_folder("model")}
    return write(tmp_path / "service", files)


def test_links_stay_links_and_pipes_are_left_out(service: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("secret")
    for name, target in (("loop", "loop"), ("up", ".."), ("away", str(tmp_path / "private")), ("gone", "nowhere")):
        (service / name).symlink_to(target)
    os.mkfifo(service / "pipe")
    assert main(["adapt", str(service), "--out", str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir() if path.is_symlink()} == {"loop", "up", "away", "gone"}
    assert not (tmp_path / "new" / "pipe").exists()
    assert "jettison_runtime" in (tmp_path / "new" / "app.py").read_text()


def test_a_linked_source_is_not_written_through(service: Path, tmp_path: Path) -> None:
    (service / "src").mkdir()
    (service / "app.py").rename(service / "src" / "app.py")
    (service / "app.py").symlink_to(service / "src" / "app.py")
    assert main(["adapt", str(service), "--out", str(tmp_path / "new")]) == 0
    assert (service / "app.py").read_text() == APP
    assert "jettison_runtime" in (tmp_path / "new" / "app.py").read_text()


def test_an_output_inside_the_service_does_not_hold_itself(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["adapt", str(service), "--out", str(service / "new")]) == 0
    below = {path.name for path in (service / "new").iterdir()}
    assert below - {".jettison"} == {"app.py", "requirements.txt", "model"}
    assert "no longer needed: torch, transformers\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "content", "seeds"),
    [
        ("generation_config.json", '{"do_sample": true}', True),
        ("generation_config.json", '{"do_sample": false}', False),
        ("config.json", '{"model_type": "t5", "task_specific_params": {"summarization": {"do_sample": true}}}', True),
        ("config.json", '{"model_type": "t5", "task_specific_params": null}', False),
    ],
)
def test_a_seed_matters_where_the_model_samples_by_itself(
    file: str, content: str, seeds: bool, service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "app.py").write_text(APP + "torch.manual_seed(0)\n")
    (service / "model" / file).write_text(content)
    assert main(["adapt", str(service)]) == seeds
    assert ("app.py:7: tokens are sampled, and a seed gives other ones" in capsys.readouterr().out) == seeds
