"""Fixes that would break a build, or change what an image does, are not made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jettison.lint import linted, project, rules_named

from .folders import written

HEAD = "FROM python:3.12-slim\nWORKDIR /app\n"
INSTALL = "RUN pip install --no-cache-dir -r requirements.txt\n"
REQUIREMENTS = {"requirements.txt": "flask==3.0\n", "app.py": "import flask\n"}


def changed(at: Path, code: str, files: Mapping[str, str | bytes]) -> dict[str, str]:
    """What a rule's fixes make of a folder."""
    found = linted(project(written(at, files)), ("safe", "verify"), rules_named([code]))
    return {file.path: file.after for file in found.changed}


def test_lists_stay_for_a_script_that_installs_from_them(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCOPY setup.sh /\nRUN /setup.sh\n",
        "setup.sh": "#!/bin/sh\napt-get install -y git\n",
    }
    assert not changed(tmp_path / "a", "L07", files)
    files["setup.sh"] = "#!/bin/sh\napt-get update && apt-get install -y git\n"
    assert changed(tmp_path / "b", "L07", files)
