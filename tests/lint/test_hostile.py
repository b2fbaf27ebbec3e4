"""Files that nobody means well by: whatever they hold, lint ends soon, with findings or with one clear error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import process_time

import pytest

from jettison.dockerfile import parsed
from jettison.dockerfile.stages import LONGEST_VALUE, final_scope, stages
from jettison.errors import DockerfileUnreadable
from jettison.lint import project
from jettison.pipeline.linting import checked

from .folders import written

INSTALLS = "FROM python:3.12-slim\nCOPY . .\nRUN uv sync\nRUN poetry install\nRUN pip install . -r requirements.txt\n"

SHAPES: dict[str, Mapping[str, str]] = {
    "tables that are none": {
        "pyproject.toml": "project = 3\ntool = []\n",
        "uv.lock": "package = 3\n",
        "poetry.lock": "package = 'x'\nmetadata = 3\n",
        "Pipfile": "packages = 3\n",
        "jettison.toml": "limits = 3\n",
    },
    "lists that are none": {
        "pyproject.toml": "[project]\nname = 'a'\ndependencies = 3\noptional-dependencies = []\n"
        "[dependency-groups]\ndev = 3\n[tool]\nuv = 3\npoetry = []\n",
        "uv.lock": "[[package]]\nname = 'a'\ndependencies = 3\nmetadata = {requires-dist = [3]}\n",
        "poetry.lock": "[[package]]\nname = 3\n",
    },
    "entries that are none": {
        "pyproject.toml": "[project]\nname = 'a'\ndependencies = [3, [], {}, 'torch']\n[tool.uv]\nsources = 3\n"
        "index = 3\nextra-index-url = 3\n[tool.poetry]\ndependencies = 3\ngroup = 3\nsource = 3\n",
        "uv.lock": "[[package]]\nname = 'torch'\nsource = 3\nversion = 3\ndependencies = [3, {name = 3}]\n",
        "poetry.lock": "[[package]]\nname = 'torch'\ndependencies = 3\nversion = 4\n",
    },
    "a deep list": {"pyproject.toml": f"x = {'[' * 5000}{']' * 5000}\n"},
    "chains of calls": {
        "app.py": f"import torch\nx = a{'.b()' * 400}\nf(trust_remote_code={'-' * 400}1)\n"
        f"app = flask.Flask()\napp{'.run()' * 400}\n"
    },
    "deep keys": {"pyproject.toml": f"[{'.'.join('a' * 3000)}]\nb = 1\n", "uv.lock": "version = 1\n"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_project_files_may_hold_anything(tmp_path: Path, shape: str) -> None:
    written(tmp_path, {"Dockerfile": INSTALLS, "requirements.txt": "torch\n", **SHAPES[shape]})
    found = checked(tmp_path, classes=("safe", "verify"))
    assert "requirements.txt" in found.files


def test_a_variable_that_doubles_with_each_line_stops_growing() -> None:
    lines = "".join(f"ENV A{number}=$A{number - 1}$A{number - 1}\n" for number in range(1, 60))
    all_stages = stages(parsed(f"FROM a\nENV A0=0123456789\n{lines}".encode(), name="Dockerfile"))
    environment = final_scope(all_stages, all_stages[-1]).environment
    assert environment["A2"] == "0123456789" * 4
    assert max(map(len, environment.values())) <= LONGEST_VALUE


@pytest.mark.parametrize("piece", ["a.", "--a", "a-cp", "a://", "x:y@"])
def test_a_long_line_takes_no_longer_than_its_length(tmp_path: Path, piece: str) -> None:
    def seconds(times: int) -> float:
        folder = written(
            tmp_path / str(times), {"Dockerfile": INSTALLS, "requirements.txt": f"torch\n{piece * times}\n"}
        )
        began = process_time()
        checked(folder)
        return process_time() - began

    seconds(1)
    assert seconds(20_000) < 12 * seconds(5_000)  # 16 times where every place is a start


@pytest.mark.parametrize("way", [-1, 1])
def test_a_thousand_stages_that_copy_from_each_other(tmp_path: Path, way: int) -> None:
    """From the one above, and from the one below, which is no stage yet but the name of an image."""
    stages_ = "".join(f"FROM a AS s{number}\nCOPY --from=s{number + way} /x /x\n" for number in range(1, 1000))
    written(tmp_path, {"Dockerfile": f"FROM a AS s0\nCOPY x /x\n{stages_}", "x": "here\n"})
    landed = project(tmp_path).builds[0].landings.final
    assert [each.source for each in landed] == (["x"] if way < 0 else [])


def test_the_named_dockerfile_may_have_any_path_into_the_folder(tmp_path: Path) -> None:
    inside = written(tmp_path / "service", {"Dockerfile": "FROM a\n"})
    written(tmp_path, {"Dockerfile": "FROM b\n"})
    found = project(inside, dockerfile=inside / "Dockerfile")
    assert [each.path for each in found.builds] == ["Dockerfile"]
    for outside in (tmp_path / "Dockerfile", Path("../Dockerfile")):
        with pytest.raises(DockerfileUnreadable, match="does not lie in the folder"):
            project(inside, dockerfile=outside)
