"""What a person and a program get to read: lines that fit the terminal, whole lines elsewhere, and JSON alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jettison.commands import main
from jettison.workspace import Workspace


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A service with many requirements, one of them from a repository, and a model that is not here."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "app.py").write_text(
        "from flask import Flask\nfrom transformers import AutoModelForSeq2SeqLM\napp = Flask(__name__)\n"
        "model = AutoModelForSeq2SeqLM.from_pretrained('acme/no-such-model')\n"
    )
    names = [f"package-{number}==1.{number}" for number in range(40)]
    (folder / "requirements.txt").write_text("\n".join([*names, "git+https://me:pass1word@example.org/x.git@v1"]))
    return folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    main(arguments)
    return capsys.readouterr().out


def test_lines_fit_the_terminal(
    service: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = printed(capsys, "inspect", str(service), "--no-weigh").splitlines()
    assert [line for line in lines if len(line) > 80 and " " in line[12:]] == []
    assert "(port 8080, 1 worker, 1 thread)" in " ".join(" ".join(lines).split())
    assert "and 26 more (--all shows them)" in " ".join(" ".join(lines).split())


def test_elsewhere_a_line_stays_a_line(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "inspect", str(service), "--no-weigh", "--all")
    assert "\nmodel       acme/no-such-model: NOT ON THIS MACHINE  (named at app.py:4)\n" in said
    requires = next(line for line in said.splitlines() if line.startswith("requires"))
    assert "package-39==1.39, git+https://example.org/x.git@v1" in requires
    assert "pass1word" not in said


def test_a_dry_run_as_json_is_json(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = json.loads(printed(capsys, "optimize", str(service), "--dry-run", "--json"))
    assert "acme/no-such-model" in refused["error"]["what"]
    (service / "jettison.toml").write_text("[service]\nmodel = 'model'\n")
    (service / "requests.jsonl").write_text('{"path": "/"}\n')
    (service / "model").mkdir()
    (service / "model" / "config.json").write_text('{"model_type": "t5"}')
    (service / "model" / "pytorch_model.bin").write_bytes(b"\x80\x02")
    planned = json.loads(printed(capsys, "optimize", str(service), "--dry-run", "--json"))
    assert planned["plan"][0]["step"] == "weigh"
    assert planned["deployment"]["name"] == "service"


@pytest.mark.parametrize(
    ("name", "advice"),
    [("/opt/models/t5", "put its files where the code looks"), ("acme/t5", "hf download acme/t5"), ("model", "lfs")],
)
def test_a_missing_model_is_fetched_from_where_it_can_be(
    service: Path, capsys: pytest.CaptureFixture[str], name: str, advice: str
) -> None:
    (service / "model").mkdir()
    (service / "model" / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\nsize 9\n")
    app = service / "app.py"
    app.write_text(app.read_text().replace("acme/no-such-model", name))
    assert advice in printed(capsys, "optimize", str(service), "--dry-run", "--json")


def test_a_file_that_is_no_image_is_called_a_file(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "this is a file" in printed(capsys, "inspect", str(service / "app.py"), "--json")


@pytest.mark.parametrize("kind", ["../mine", ".", "resolutoins"])
def test_only_kinds_of_the_cache_are_cleared(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JETTISON_CACHE", str(tmp_path / "cache"))
    kept = tmp_path / "cache" / "resolutions" / "one"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    (tmp_path / "mine").mkdir()
    assert Workspace(root=tmp_path / "cache").clear(kind) == 0
    assert main(["cache", "clear", kind]) == 18
    assert "resolutions" in capsys.readouterr().err
    assert kept.is_file()
    assert (tmp_path / "mine").is_dir()
    assert main(["cache", "clear", "resolutions"]) == 0
    assert not kept.exists()


def test_a_sum_that_lacks_something_is_a_bound(service: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (service / "Dockerfile").write_text("FROM python:3.11\nWORKDIR /w\nCOPY . .\nCMD gunicorn app:app\n")
    assert "together, at least" in printed(capsys, "inspect", str(service))
    (service / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    assert "together\n" in printed(capsys, "inspect", str(service))
