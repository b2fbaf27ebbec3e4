"""What a project says it needs: found in every kind of file, and taken away or renamed without touching the rest."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

import dockerfile as buildkit
from jettison.dockerfile.instructions import edited
from jettison.lint import Project, project
from jettison.lint.dependencies import Dependency
from jettison.lint.lock_files import locked_in
from jettison.lint.toml_places import toml_places


def folder(at: Path, files: Mapping[str, str]) -> Project:
    for name, text in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(text.encode())
    return project(at)


def only(service: Project, name: str) -> Dependency:
    found = [each for each in service.dependencies if each.name == name]
    assert len(found) == 1, found
    return found[0]


def without(service: Project, name: str) -> str:
    each = only(service, name)
    (change,) = each.removed()
    return edited(service.text(each.file) or "", change.edits)


def renamed(service: Project, name: str, new: str) -> str:
    each = only(service, name)
    (change,) = each.renamed(new)
    return edited(service.text(each.file) or "", change.edits)


REQUIREMENTS = "# web\r\nflask==3.0  # stays\r\n\r\nOpenCV-Python>=4.8 ; python_version > '3.8'\r\n  pandas[excel]"
CASES: Mapping[str, tuple[str, str, str, str]] = {
    "requirements": (
        "requirements.txt",
        REQUIREMENTS,
        "# web\r\nflask==3.0  # stays\r\n\r\n  pandas[excel]",
        REQUIREMENTS.replace("OpenCV-Python", "new"),
    ),
    "one word of a command": (
        "Dockerfile",
        "FROM python:3.12\nRUN pip install 'opencv-python==4.8' flask && true\n",
        "FROM python:3.12\nRUN pip install flask && true\n",
        "FROM python:3.12\nRUN pip install 'new==4.8' flask && true\n",
    ),
    "a word on a line of its own, with a comment above": (
        "Dockerfile",
        "FROM python:3.12\nRUN pip install -q \\\n    flask \\\n    # pictures\n    opencv-python \\\n    pandas\n",
        "FROM python:3.12\nRUN pip install -q \\\n    flask \\\n    # pictures\n    pandas\n",
        "FROM python:3.12\nRUN pip install -q \\\n    flask \\\n    # pictures\n    new \\\n    pandas\n",
    ),
    "the last word": (
        "Dockerfile",
        "FROM python:3.12\nRUN python3 -m pip install \\\n    flask \\\n    opencv-python\n",
        "FROM python:3.12\nRUN python3 -m pip install \\\n    flask\n",
        "FROM python:3.12\nRUN python3 -m pip install \\\n    flask \\\n    new\n",
    ),
    "the only word of a command": (
        "Dockerfile",
        "FROM python:3.12\nRUN pip install flask && \\\n    pip install opencv-python -i https://x.example && true\n",
        "FROM python:3.12\nRUN pip install flask && true\n",
        "FROM python:3.12\nRUN pip install flask && \\\n    pip install new -i https://x.example && true\n",
    ),
    "the only word of the first command": (
        "Dockerfile",
        "FROM python:3.12\nRUN pip install opencv-python && \\\n    pip install flask\n",
        "FROM python:3.12\nRUN pip install flask\n",
        "FROM python:3.12\nRUN pip install new && \\\n    pip install flask\n",
    ),
    "the only word of a RUN": (
        "Dockerfile",
        "FROM python:3.12\n# pictures\nRUN pip install opencv-python\nRUN true\n",
        "FROM python:3.12\n# pictures\nRUN true\n",
        "FROM python:3.12\n# pictures\nRUN pip install new\nRUN true\n",
    ),
    "pep 621, a line each": (
        "pyproject.toml",
        '[project]\nname = "x"\ndependencies = [\n  "flask",  # web\n  # pictures\n  "opencv-python>=4",  # cv2\n]\n',
        '[project]\nname = "x"\ndependencies = [\n  "flask",  # web\n  # pictures\n]\n',
        '[project]\nname = "x"\ndependencies = [\n  "flask",  # web\n  # pictures\n  "new>=4",  # cv2\n]\n',
    ),
    "pep 621, one line": (
        "pyproject.toml",
        "[project]\nname = 'x'\ndependencies = ['flask', 'opencv-python']\n",
        "[project]\nname = 'x'\ndependencies = ['flask']\n",
        "[project]\nname = 'x'\ndependencies = ['flask', 'new']\n",
    ),
    "pep 621, the first of a line": (
        "pyproject.toml",
        "[project]\nname = 'x'\ndependencies = ['opencv-python', 'flask']\n",
        "[project]\nname = 'x'\ndependencies = ['flask']\n",
        "[project]\nname = 'x'\ndependencies = ['new', 'flask']\n",
    ),
    "poetry": (
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = "^3.11"\nopencv-python = {version = "^4", extras = ["a"]}\nflask = "*"\n',
        '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "*"\n',
        '[tool.poetry.dependencies]\npython = "^3.11"\nnew = {version = "^4", extras = ["a"]}\nflask = "*"\n',
    ),
    "pipfile": (
        "Pipfile",
        '[packages]\nflask = "*"\nopencv-python = "==4.8"\n\n[dev-packages]\npytest = "*"\n',
        '[packages]\nflask = "*"\n\n[dev-packages]\npytest = "*"\n',
        '[packages]\nflask = "*"\nnew = "==4.8"\n\n[dev-packages]\npytest = "*"\n',
    ),
    "the pip list of a conda environment": (
        "environment.yml",
        "dependencies:\n  - python=3.11\n  - pip:\n    - flask\n    - opencv-python==4.8  # cv2\n",
        "dependencies:\n  - python=3.11\n  - pip:\n    - flask\n",
        "dependencies:\n  - python=3.11\n  - pip:\n    - flask\n    - new==4.8  # cv2\n",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_is_taken_away_or_renamed_and_all_else_stays(case: tuple[str, str, str, str], tmp_path: Path) -> None:
    name, text, left, other = case
    service = folder(tmp_path, {name: text})
    assert only(service, "opencv-python").ships or name == "Dockerfile"
    assert without(service, "opencv-python") == left
    assert renamed(service, "opencv-python", "new") == other
    parse = {"Dockerfile": buildkit.parse_string, "pyproject.toml": tomllib.loads, "environment.yml": yaml.safe_load}
    for made in (left, other):
        parse.get(name, str)(made)


def test_what_must_follow_somewhere_else_is_not_changed_here(tmp_path: Path) -> None:
    pyproject = "[project]\nname = 'x'\ndependencies = ['flask', 'pandas']\n"
    locked = folder(tmp_path, {"pyproject.toml": pyproject, "uv.lock": "version = 1\n"})
    assert only(locked, "pandas").lock == "uv.lock"
    assert only(locked, "pandas").removed() == ()
    compiled = "# This file is autogenerated by pip-compile\npandas==2\n"
    listed = folder(tmp_path / "compiled", {"requirements.txt": compiled, "requirements.in": "pandas\n"})
    by_file = {each.file: each for each in listed.dependencies}
    assert not by_file["requirements.txt"].is_direct
    assert by_file["requirements.in"].lock == "requirements.txt"


def test_an_image_gets_what_the_stages_that_it_comes_of_install(tmp_path: Path) -> None:
    service = folder(
        tmp_path,
        {
            "Dockerfile": "FROM python:3.12 AS build\nCOPY requirements.txt /r/\n"
            "RUN pip wheel -r /r/requirements.txt\n"
            "FROM build AS check\nCOPY dev-requirements.txt /r/\nRUN pip install -r /r/dev-requirements.txt ruff\n"
            "FROM python:3.12-slim\nCOPY --from=build /w /w\nRUN --mount=type=bind,source=api,target=/api "
            "pip install /api[serve] gunicorn\n",
            "requirements.txt": "-r base.txt\n-c constraints.txt\nflask\n",
            "base.txt": "numpy\n",
            "constraints.txt": "six==1\n",
            "dev-requirements.txt": "pytest\n",
            "api/pyproject.toml": "[project]\ndependencies = ['httpx']\noptional-dependencies.serve = ['uvicorn']\n"
            "optional-dependencies.docs = ['sphinx']\n[dependency-groups]\ndev = ['mypy']\n",
        },
    )
    ships = {each.name: each.ships for each in service.dependencies}
    assert ships == {
        **dict.fromkeys(("flask", "numpy", "gunicorn", "httpx", "uvicorn"), True),
        **dict.fromkeys(("pytest", "ruff", "sphinx", "mypy"), False),
    }


def test_groups_and_versions(tmp_path: Path) -> None:
    service = folder(
        tmp_path,
        {
            "Dockerfile": "FROM python:3.12\nCOPY . .\nRUN poetry install && uv pip install -r requirements.txt\n",
            "pyproject.toml": "[tool.poetry.dependencies]\na = '1.2'\nb = '^1'\n"
            "[tool.poetry.group.lint.dependencies]\nc = '*'\n[tool.poetry.group.docs]\noptional = true\n"
            "[tool.poetry.group.docs.dependencies]\nd = '*'\n",
            "requirements.txt": "e==2.0\nf @ https://example.org/f.whl\n",
        },
    )
    by_name = {each.name: each for each in service.dependencies}
    assert {name: (each.group, each.ships, each.pinned) for name, each in by_name.items()} == {
        "a": ("", True, "1.2"),
        "b": ("", True, ""),
        "c": ("lint", True, ""),
        "d": ("docs", False, ""),
        "e": ("", True, "2.0"),
        "f": ("", True, ""),
    }
    assert by_name["f"].renamed("g") == ()


def test_places_in_toml_are_those_of_the_values() -> None:
    text = (
        '"a.b" = 1 # x\n[t."q r"]\nk.l = [\n "one", # first\n \'two\',\n {x = "y", z = [1, 2]},\n]\n'
        'm = """\nlong\n"" text"""\n[[list]]\nn = 2020-01-01T00:00:00Z\n[[list]]\nn = true\n'
    )
    places = toml_places(text)
    assert [each.path for each in places.entries] == [
        ("a.b",),
        ("t", "q r", "k", "l"),
        ("t", "q r", "m"),
        ("list", "n"),
        ("list", "n"),
    ]
    items = places.by_path["t", "q r", "k", "l"].value.items
    assert [text[each.start : each.end] for each in items] == ['"one"', "'two'", '{x = "y", z = [1, 2]}']
    assert places.by_path["t", "q r", "m"].value.text == 'long\n"" text'
    assert toml_places("x = ").entries == ()


def test_locks_are_read() -> None:
    uv = 'version = 1\n\n[[package]]\nname = "Torch"\nversion = "2.9.0"\nsource = { registry = "x" }\n'
    (torch,) = locked_in("uv.lock", uv)
    assert (torch.name, torch.version) == ("torch", "2.9.0")
    assert uv[torch.start : torch.end].startswith("[[package]]")
    pipfile = '{"default": {"flask": {"version": "==3.0"}}, "develop": {"Pytest": {"version": "==8"}}}'
    assert [(each.name, each.version) for each in locked_in("Pipfile.lock", pipfile)] == [
        ("flask", "3.0"),
        ("pytest", "8"),
    ]
