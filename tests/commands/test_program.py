"""The program itself: signals, JSON, unusable places, and what a pipe gets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jettison.commands import main


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jettison", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_a_plan_is_printed_as_json(pronounce: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimize", str(pronounce), "--dry-run", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["deployment"]["name"] == "pronounce"
    assert [each["step"] for each in said["plan"]][:2] == ["weigh", "convert"]


@pytest.mark.parametrize(
    ("arguments", "what", "program"),
    [
        (["optimize", "--json"], "required: SERVICE", "jettison optimize"),
        (["optimise", "service", "--json"], "invalid choice: 'optimise'", "jettison"),
        (["compare", "a", "--data", "b", "--loss-points", "x", "--js"], "invalid float value: 'x'", "jettison compare"),
        (["doctor", "--json", "--fast"], "unrecognized arguments: --fast", "jettison"),
    ],
)
def test_wrong_usage_is_told_as_json_too(
    arguments: list[str], what: str, program: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    error = json.loads(said.out)["error"]
    assert what in error["what"]
    assert (error["next_step"], error["exit_code"]) == (f"`{program} --help` shows how it is used", 2)
    assert said.err.startswith(f"usage: {program} ")
    assert main([word for word in arguments if not word.startswith("--js")]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arguments",
    [["convert", "MODEL", "--texts", "/nowhere/texts"], ["pack", "SERVICE", "--base-lock", "/nowhere/lock"]],
)
def test_a_file_that_is_not_there_is_one_clear_error(arguments: list[str], pronounce: Path, tmp_path: Path) -> None:
    places = {"MODEL": str(pronounce / "model"), "SERVICE": str(pronounce)}
    out = tmp_path / "out"
    done = run(*(places.get(word, word) for word in arguments), "--out", str(out), "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_code"]) == (23, 23)
    assert arguments[-1] in error["what"]
    assert "Traceback" not in done.stderr
    assert not out.exists()


def test_a_cache_that_cannot_be_written_is_one_clear_error(pronounce: Path) -> None:
    done = run("convert", str(pronounce / "model"), "--out", "/proc/nowhere", JETTISON_CACHE="/proc/nowhere")
    assert done.returncode == 23
    assert "/proc/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_clearing_the_cache_never_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache" / "models").mkdir(parents=True)
    (tmp_path / "cache" / "models" / "file").write_text("12345")
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("JETTISON_CACHE", str(tmp_path / "cache"))
    for kind in ("../mine", str(tmp_path / "mine"), ".", "modles"):
        assert main(["cache", "clear", kind, "--json"]) == 18
        assert "models" in json.loads(capsys.readouterr().out)["error"]["next_step"]
    assert (tmp_path / "mine").is_dir()
    assert main(["cache", "clear", "models", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"freed_bytes": 5}
    assert not (tmp_path / "cache" / "models").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_program_in_order(number: signal.Signals, pronounce: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    command = ["convert", str(pronounce / "model"), "--out", str(tmp_path / "out"), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "jettison", *command],
        env={**os.environ, "JETTISON_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(cache.rglob("*.tmp")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    printed, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    error = json.loads(printed)["error"]
    assert (error["what"], error["exit_code"]) == (f"stopped by {number.name}", 128 + number)
    assert "goes on where it was" in error["next_step"]
    assert "goes on where it was" in said
    assert "Traceback" not in said
    assert list(cache.rglob("*.tmp")) == []
    assert not (tmp_path / "out").exists()


def test_a_form_that_only_graphs_have_is_refused_for_a_model_of_texts(
    pronounce: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["convert", str(pronounce / "model"), "--form", "int8-static", "--out", str(tmp_path / "out"), "--json"]
    assert main(command) >= 10
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["what"] == "a model that reads texts has no form int8-static"
    assert "int8-mixed" in error["next_step"]
