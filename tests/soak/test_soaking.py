"""Real services soaked: every planted leak is found, and its clean twin is not accused."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bench.soak.__main__ import APPS, judged
from jettison.commands.soak import exit_code
from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.intake.requests import requests_at
from jettison.machine import host
from jettison.records import Environment, Growth, Request, Soak, finished
from jettison.replay.service import Launch
from jettison.report.soaked import page, terminal
from jettison.sandbox.container import Mount
from jettison.soak import Plan, endpoints, soaked

PLAN = Plan(warmup=36, batches=14, batch=12, doublings=1, idle=3)


def launch(folder: Path, *words: str) -> Launch:
    """A service of files in that folder, on the Python of the tests."""
    command = words or ("-m", "waitress", "--port", "$PORT", "--threads", "2", "app:app")
    return Launch(
        root=Path("/"),
        command=(sys.executable, *command),
        workdir="/app",
        environment=(("PATH", "/usr/bin:/bin"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(Mount(source=folder, target="/app"),),
        installed=(Path(sys.prefix),),
    )


def soak(folder: Path, name: str = "", plan: Plan = PLAN, *words: str, fixed_port: int = 0) -> Growth:
    requests = requests_at(folder / "requests.jsonl") if (folder / "requests.jsonl").exists() else (GET,)
    found = endpoints(requests, [(folder / "app.py").read_text()])
    chosen = next(each for each in found if name in ("", each.name))
    return finished(soaked(launch(folder, *words), chosen, plan, fixed_port=fixed_port))


GET = Request(method="GET", path="/")


def app(folder: Path, code: str) -> Path:
    (folder / "app.py").write_text(f"from flask import Flask\napp = Flask(__name__)\n{code}\n")
    return folder


@pytest.mark.parametrize("name", ["flask_64", "flask_errors", "flask_shapes"])
def test_what_is_planted_is_found_with_its_cause_and_its_bytes(name: str) -> None:
    folder = APPS / name
    truth = json.loads((folder / "truth.json").read_text())
    for endpoint, what in truth.items():
        found = judged(soak(folder, endpoint), what, name)
        assert found["cause"] == what["cause"], found
        assert found["holds"] is not False, found


def test_what_keeps_nothing_is_not_accused() -> None:
    assert soak(APPS / "flask_clean", "POST /count").cause == "clean"


def test_a_service_that_is_killed_is_reported_with_what_was_read(tmp_path: Path) -> None:
    code = """
import os
kept = []
@app.get("/")
def root():
    kept.append(bytes(5000))
    if len(kept) > 170:
        os.kill(os.getpid(), 9)
    return "x"
"""
    found = soak(app(tmp_path, code))
    assert found.cause == "leak"
    assert "killed" in found.ended
    assert found.requests >= 160
    assert found.kept is not None
    # 33 bytes before the content, 8 of the C allocator, rounded to 16; 8 for the place in the list, and its spare ones.
    assert found.kept.low <= 5073
    assert found.kept.high >= 5064
    assert found.kept.estimate == pytest.approx(5065, rel=0.02)


def test_a_port_in_the_code_is_no_hindrance_and_a_page_that_is_not_there_is_said(tmp_path: Path) -> None:
    folder = app(tmp_path, "if __name__ == '__main__':\n    app.run(port=5000)")
    found = soak(folder, "", PLAN, "app.py", fixed_port=5000)
    assert (found.cause, found.reason) == ("unknown", "it answers only that there is no such page")
    assert found.statuses[0][0] == 404


def test_a_python_that_ignores_its_environment_is_told_from_a_service_that_does_not_start(tmp_path: Path) -> None:
    folder = app(tmp_path, "")
    with pytest.raises(EnvironmentUnusable, match="took the agent in"):
        soak(folder, "", PLAN, "-E", "-m", "waitress", "--port", "$PORT", "app:app")
    with pytest.raises(ServiceFailed, match="ended"):
        soak(folder, "", PLAN, "-m", "waitress", "--port", "$PORT", "app:nothing")


def test_nothing_is_left_when_it_is_stopped_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    places = tmp_path / "places"
    places.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(places))
    folder = app(tmp_path, "@app.get('/')\ndef root(): return 'x'")
    work = soaked(launch(folder), endpoints((GET,))[0], PLAN)
    next(work)
    assert list(places.iterdir())
    work.close()  # as Ctrl-C does it
    assert not list(places.iterdir())


def test_the_report_says_it_in_words_figures_and_curves(tmp_path: Path) -> None:
    code = "kept = []\n@app.get('/')\ndef root():\n    kept.append(bytes(1000))\n    return '<b>x</b>'"
    growth = soak(app(tmp_path, code))
    found = Soak(
        jettison="0",
        started="now",
        host=host(),
        service="<script>",
        command=("python", "app.py"),
        environment=Environment(name="own", python="3.11", packages=()),
        growths=(growth, replace(growth, endpoint="GET /none", readings=(), kept=None, cause="unknown")),
        limit_bytes=200_000_000,
        rate=10,
    )
    assert exit_code(found) == 1
    assert exit_code(replace(found, growths=found.growths[1:])) == 3
    assert exit_code(replace(found, growths=(replace(growth, cause="clean"),))) == 0
    html = page.render(found).decode()
    assert "<script" not in html
    assert not re.search(r"https?://", html)
    assert "leak" in html
    assert "circle" in html
    from rich.console import Console

    console = Console(width=200, color_system=None)
    with console.capture() as said:
        console.print(terminal.render(found))
    assert re.search(r"GET / +leak +1\.0\d kB", said.get())
    days = found.days_left(growth)
    assert growth.kept is not None
    assert days is not None
    assert growth.last is not None
    room = 200_000_000 - growth.last.resident_bytes
    assert days == pytest.approx(room / (growth.kept.high * 10 * 86_400))
