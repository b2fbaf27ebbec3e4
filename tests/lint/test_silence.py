"""Comments that silence a finding, in the forms of jettison, hadolint, tally and BuildKit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jettison.lint import linted, project
from jettison.lint.found import Found
from jettison.lint.project import Project

from .folders import Trial, written


def ones(service: Project) -> Iterator[Found]:
    """Every `one` in a Dockerfile and in a requirements file."""
    for file in ("Dockerfile", "requirements.txt"):
        text = service.text(file) or ""
        at = text.find("one")
        while at >= 0:
            yield Found(file=file, start=at, end=at + 3, message="one")
            at = text.find("one", at + 1)


RULE = Trial(ones, "Z01", "trial-rule", ALSO=("DL3042", "JSONArgsRecommended"))

SILENT = [
    "FROM a\n# jettison ignore=Z01\nRUN one\n",
    "FROM a\n#jettison ignore=z01\nRUN one\n",
    "FROM a\n# jettison: ignore = L99, Z01\nRUN one\n",
    "FROM a\n# jettison ignore=trial-rule\nRUN one\n",
    "FROM a\n# jettison ignore=Z01 because it is wanted\nRUN one\n",
    "FROM a\n# hadolint ignore=DL3042\nRUN one\n",
    "FROM a\n# hadolint ignore=DL3008,DL3042\nRUN one\n",
    "FROM a\n# tally ignore=hadolint/DL3042;reason=it is wanted\nRUN one\n",
    "FROM a\n# hadolint ignore=DL3042\n# and a remark\nRUN one\n",
    "FROM a\nRUN two \\\n# jettison ignore=Z01\n  one\n",
    "FROM a\n# jettison ignore=Z01\nRUN <<EOF\none\nEOF\n",
    "# hadolint global ignore=DL3042\nFROM a\nRUN one\n",
    "FROM a\nRUN one\n# jettison global ignore=Z01\n",
    "# tally global ignore=DL3042\nFROM a\nRUN one\n",
    "# check=skip=JSONArgsRecommended\nFROM a\nRUN one\n",
    "# check=skip=Other,JSONArgsRecommended;error=true\nFROM a\nRUN one\n",
    "# check=error=true;skip=all\nFROM a\nRUN one\n",
    "# syntax=docker/dockerfile:1\n# check=skip=all\nFROM a\nRUN one\n",
    "\ufeffFROM a\r\n# jettison ignore=Z01\r\nRUN one\r\n",
]
LOUD = [
    "FROM a\n# jettison ignore=Z02\nRUN one\n",
    "FROM a\n# jettison ignore=Z01\nRUN two\nRUN one\n",
    "FROM a\n# jettison ignore=Z01\n\nRUN two\nRUN one\n",
    "FROM a\nRUN one\n# jettison ignore=Z01\n",
    "FROM a\n# hadolint ignore=DL30421\nRUN one\n",
    "FROM a\n# ignore=Z01\nRUN one\n",
    "FROM a\nRUN <<EOF\n# jettison ignore=Z01\none\nEOF\n",
    "# check=skip=Other\nFROM a\nRUN one\n",
    "FROM a\n# check=skip=all\nRUN one\n",
    "FROM a\nRUN echo '# jettison ignore=Z01' one\n",
]


@pytest.mark.parametrize("text", SILENT)
def test_silent(text: str, tmp_path: Path) -> None:
    found = linted(project(written(tmp_path, {"Dockerfile": text})), (), [RULE])
    assert (len(found.findings), found.silenced) == (0, 1)


@pytest.mark.parametrize("text", LOUD)
def test_not_silent(text: str, tmp_path: Path) -> None:
    found = linted(project(written(tmp_path, {"Dockerfile": text})), (), [RULE])
    assert (len(found.findings), found.silenced) == (1, 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("one  # jettison ignore=Z01\none\n", [2]),
        ("# jettison ignore=Z01\none\none\n", [3]),
        ("two\n# jettison global ignore=Z01\none\n", []),
        ("one  # jettison ignore=Z02\n", [1]),
        ("one ignore=Z01\n", [1]),
    ],
)
def test_in_a_requirements_file(text: str, left: list[int], tmp_path: Path) -> None:
    folder = written(tmp_path, {"Dockerfile": "FROM a\n", "requirements.txt": text})
    assert [each.line for each in linted(project(folder), (), [RULE]).findings] == left


def test_the_dockerfile_speaks_for_a_file_that_is_not_there(tmp_path: Path) -> None:
    def missing(service: Project) -> Iterator[Found]:
        yield Found(file=".dockerignore", start=0, end=0, message="it is missing")

    rule = Trial(missing)
    assert linted(project(written(tmp_path, {"Dockerfile": "FROM a\n"})), (), [rule]).silenced == 0
    written(tmp_path, {"Dockerfile": "# jettison global ignore=Z01\nFROM a\n"})
    assert linted(project(tmp_path), (), [rule]).silenced == 1
