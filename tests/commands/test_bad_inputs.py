"""Bad input through the command: one clear error with the next step, no traceback, nothing written."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

APP = """
from flask import Flask, jsonify, request
from transformers import AutoTokenizer, T5ForConditionalGeneration
tokenizer = AutoTokenizer.from_pretrained("model")
model = T5ForConditionalGeneration.from_pretrained("model")
app = Flask(__name__)
@app.post("/")
def answer():
    inputs = tokenizer(request.get_json()["text"], return_tensors="pt")
    return jsonify(text=tokenizer.decode(model.generate(**inputs)[0], skip_special_tokens=True))
"""


@pytest.fixture
def service(pronounce: Path, tmp_path: Path) -> Path:
    """A small service with everything right; each case breaks one thing."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "app.py").write_text(APP)
    (folder / "Dockerfile").write_text(
        "FROM python:3.11\nCOPY . /app\nWORKDIR /app\nRUN pip install flask torch transformers\n"
    )
    (folder / "requests.jsonl").write_text(json.dumps({"method": "POST", "path": "/", "json": {"text": "a"}}) + "\n")
    shutil.copytree(pronounce / "model", folder / "model")
    return folder


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def without_model(folder: Path) -> None:
    shutil.rmtree(folder / "model")


def truncated(folder: Path) -> None:
    with (folder / "model" / "model.safetensors").open("r+b") as file:
        file.truncate(5_000_000)


class Bomb:
    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/jettison-test-bomb",)


def pickle_with_code(folder: Path) -> None:
    (folder / "model" / "model.safetensors").unlink()
    (folder / "model" / "pytorch_model.bin").write_bytes(pickle.dumps({"weight": Bomb()}))


def broken_dockerfile(folder: Path) -> None:
    (folder / "Dockerfile").write_text('FROM python:3.11\nRUN ["pip", "install"\nCOPPY . /app\n')


def streamlit_app(folder: Path) -> None:
    (folder / "app.py").write_text("import streamlit as st\nst.title('x')\n")
    (folder / "Dockerfile").write_text(
        'FROM python:3.11\nCOPY . /app\nWORKDIR /app\nCMD ["streamlit", "run", "app.py"]\n'
    )


def contradictory_requirements(folder: Path) -> None:
    text = (folder / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(text.replace("flask torch", "'flask==3.1.0' 'werkzeug==0.1' torch"))


def without_tokenizer(folder: Path) -> None:
    (folder / "model" / "tokenizer.json").unlink()
    (folder / "model" / "tokenizer_config.json").unlink()


def without_requests(folder: Path) -> None:
    (folder / "requests.jsonl").unlink()


def wrong_settings(folder: Path) -> None:
    (folder / "jettison.toml").write_text('[servce]\nrequests = "requests.jsonl"\n')


CASES: list[tuple[Callable[[Path], None], int, str, str]] = [
    (empty, 10, "no", "jettison.toml"),
    (without_model, 12, "model", ""),
    (truncated, 13, "cut off", "again"),
    (pickle_with_code, 14, "nothing of it was run", "safetensors"),
    (broken_dockerfile, 17, "Dockerfile", ""),
    (streamlit_app, 11, "treamlit", ""),
    (contradictory_requirements, 20, "werkzeug", "pins"),
    (without_tokenizer, 16, "tokenizer", "save_pretrained"),
    (without_requests, 19, "requests", "requests.jsonl"),
    (wrong_settings, 18, "servce", "jettison.toml"),
]


@pytest.mark.online
@pytest.mark.parametrize(
    ("broken", "code", "what", "next_step"), CASES, ids=lambda value: getattr(value, "__name__", "")
)
def test_one_clear_error_and_nothing_written(
    broken: Callable[[Path], None], code: int, what: str, next_step: str, service: Path, tmp_path: Path
) -> None:
    broken(service)
    before = sorted(service.rglob("*"))
    done = jettison("optimize", str(service), "--out", str(tmp_path / "out"), cache=tmp_path / "cache")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    error = done.stderr[done.stderr.index("jettison: ") :]
    assert what in error
    assert "next:" in error
    assert next_step in error.partition("next:")[2]
    assert not (tmp_path / "out").exists()
    assert sorted(service.rglob("*")) == before
    assert not Path("/tmp/jettison-test-bomb").exists()


def test_the_same_error_as_json(service: Path, tmp_path: Path) -> None:
    without_requests(service)
    done = jettison("optimize", str(service), "--json", "--out", str(tmp_path / "out"), cache=tmp_path / "cache")
    error = json.loads(done.stdout)["error"]
    assert error["exit_code"] == done.returncode == 19
    assert error["next_step"]


def test_a_full_disk_is_said_and_leaves_nothing_half_written(pronounce: Path, tmp_path: Path) -> None:
    """A real one: 6 MB of memory, mounted where the output shall go, in a user namespace of its own."""
    small = tmp_path / "small"
    small.mkdir()
    command = f"{sys.executable} -m jettison convert {pronounce / 'model'} --out {small / 'out'}"
    script = f"mount -t tmpfs -o size=6m none {small} && {command}; code=$?; ls -A {small}; exit $code"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "JETTISON_CACHE": str(tmp_path / "cache")},
    )
    assert done.returncode == 27, done.stderr
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == []


def test_a_folder_of_the_user_s_own_is_refused_before_any_work(pronounce: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years")
    for command in ("optimize", "pack"):
        done = jettison(command, str(pronounce), "--out", str(tmp_path / "thesis"), cache=tmp_path / "cache")
        assert done.returncode == 28
    assert not (tmp_path / "cache").exists()
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years"


def jettison(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jettison", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "JETTISON_CACHE": str(cache)},
    )
