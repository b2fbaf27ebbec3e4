"""Tools of development move to where their project keeps such tools."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named

_APP = {"app.py": "import flask\n"}
_BASE = "FROM python:3.12\nCOPY . .\n"
CASES: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "no group yet": (
        {"pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask", "black>=24"]'},
        {
            "pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask"]\n\n'
            '[dependency-groups]\ndev = ["black>=24"]\n'
        },
    ),
    "a group on one line": (
        {"pyproject.toml": "[project]\ndependencies = ['flask', 'black']\n[dependency-groups]\ndev = ['ruff']\n"},
        {"pyproject.toml": "[project]\ndependencies = ['flask']\n[dependency-groups]\ndev = ['ruff', 'black']\n"},
    ),
    "an empty group": (
        {"pyproject.toml": "[project]\ndependencies = ['flask', 'black']\n[dependency-groups]\ndev = []\n"},
        {"pyproject.toml": "[project]\ndependencies = ['flask']\n[dependency-groups]\ndev = ['black']\n"},
    ),
    "an extra that is called dev, with a comma at its end": (
        {
            "pyproject.toml": "[project]\r\ndependencies = [\r\n  'black',\r\n  'flask',\r\n]\r\n"
            "[project.optional-dependencies]\r\ndev = [\r\n    'ruff',  # lint\r\n]\r\n"
        },
        {
            "pyproject.toml": "[project]\r\ndependencies = [\r\n  'flask',\r\n]\r\n"
            "[project.optional-dependencies]\r\ndev = [\r\n    'ruff',  # lint\r\n    'black',\r\n]\r\n"
        },
    ),
    "Poetry": (
        {
            "pyproject.toml": "[tool.poetry.dependencies]\nflask = '*'\nblack = {version = '^24'}\n\n"
            "[tool.poetry.group.dev.dependencies]\nruff = '*'\n"
        },
        {
            "pyproject.toml": "[tool.poetry.dependencies]\nflask = '*'\n\n"
            "[tool.poetry.group.dev.dependencies]\nblack = {version = '^24'}\nruff = '*'\n"
        },
    ),
    "Pipenv": (
        {"Pipfile": "[packages]\nflask = '*'\nblack = '==24.1'\n"},
        {"Pipfile": "[packages]\nflask = '*'\n\n[dev-packages]\nblack = '==24.1'\n"},
    ),
    "a file for development that is there": (
        {
            "Dockerfile": _BASE + "RUN pip install -r requirements/base.txt\n",
            "requirements/base.txt": "flask==3\n\nblack==24.1  # format\n",
            "requirements/dev.txt": "-r base.txt\nruff==0.6",
        },
        {
            "requirements/base.txt": "flask==3\n\n",
            "requirements/dev.txt": "-r base.txt\nruff==0.6\nblack==24.1  # format\n",
        },
    ),
    "a lock has to follow": (
        {"pyproject.toml": "[project]\ndependencies = ['flask', 'black']\n", "uv.lock": "version = 1\n"},
        {},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_tool_moves(case: tuple[Mapping[str, str], Mapping[str, str]], tmp_path: Path) -> None:
    before, after = case
    for name, text in {**_APP, **before}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    found = linted(project(tmp_path), ("safe", "verify"), rules_named(["W14"]))
    assert {file.path: file.after for file in found.changed} == after
    assert len(found.applied) + len(found.findings) == 1
