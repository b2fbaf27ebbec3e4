"""What others start: the pages of the rules, the hooks of pre-commit, the action of GitHub."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from jettison.commands import main
from jettison.lint import described_rules
from jettison.report.findings import pages

from .folders import written

ROOT = Path(__file__).parent.parent.parent
PAGES = ROOT / "docs" / "rules"


def test_the_pages_say_what_the_rules_say() -> None:
    """`make docs` makes them again."""
    made = pages(described_rules())
    assert {each.name for each in PAGES.glob("*.md")} == set(made)
    for name, text in made.items():
        assert (PAGES / name).read_text(encoding="utf-8") == text, name


def test_every_page_is_whole_markdown() -> None:
    for name, text in pages(described_rules()).items():
        fences = re.findall(r"(?m)^(`{3,})", text)
        assert len(fences) % 2 == 0, name
        assert fences[::2] == fences[1::2], name
        assert "\n\n\n" not in re.sub(r"(?ms)^(`{3,}).*?^\1$", "code", text), name


def hooks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return found


@pytest.mark.parametrize("hook", hooks(), ids=lambda hook: str(hook["id"]))
def test_a_hook_finds_and_fixes_where_pre_commit_starts_it(
    hook: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n"
    written(tmp_path, {"Dockerfile": text})
    monkeypatch.chdir(tmp_path)
    words: list[str] = [*hook["entry"].split(), *hook["args"]]
    assert words.pop(0) == "jettison"
    assert main([*words, "--only", "L07"]) == (0 if "--fix" in words else 1)
    assert ("rm -rf /var/lib/apt/lists" in (tmp_path / "Dockerfile").read_text()) is ("--fix" in words)
    for name in ("Dockerfile", "docker/gpu.Dockerfile", "requirements/base.txt", "uv.lock", "Pipfile", ".dockerignore"):
        assert re.search(hook["files"], name), name
    assert not re.search(hook["files"], "app.py")


def test_the_action_lints_and_says_how_it_ended(tmp_path: Path) -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = next(each for each in action["runs"]["steps"] if each.get("id") == "lint")
    said = " ".join(str(each.get("run", "")) for each in action["runs"]["steps"])
    assert "${{" not in said  # an input that is pasted into a script is run
    named = {name for each in step["env"].values() for name in re.findall(r"inputs\.([\w-]+)", each)}
    assert named | {"python-version"} == set(action["inputs"])
    program = tmp_path / "jettison" / "bin" / "jettison"
    program.parent.mkdir(parents=True)
    program.symlink_to(Path(sys.executable).with_name("jettison"))
    written(tmp_path / "my service", {"Dockerfile": "FROM debian:12\nRUN apt-get update\nRUN pip install flask\n"})
    given = {name: action["inputs"][key]["default"] for name, key in _inputs(step["env"])}
    variables = {
        **os.environ,
        **given,
        "SERVICE": "my service",
        "TARGETS": "cpu aws-lambda",
        "ARGUMENTS": "--only L01",
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "::error::" in done.stdout
    assert (tmp_path / "outputs").read_text() == "report=jettison-lint.sarif\n"
    assert '"my%20service/Dockerfile"' in (tmp_path / "jettison-lint.sarif").read_text()


def _inputs(variables: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, re.findall(r"inputs\.([\w-]+)", value)[0]) for name, value in variables.items()]
