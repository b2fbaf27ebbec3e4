from __future__ import annotations

from pathlib import Path

import pytest

from jettison.intake.installed.installs import Installs, installs
from jettison.intake.python_version import python_version
from tests.intake.building import built


def read(root: Path, lines: str, **files: str) -> tuple[Installs, list[str]]:
    notes: list[str] = []
    named = {name.replace("__", "."): text for name, text in files.items()}
    return installs(built(root, f"FROM python:3.11\n{lines}\n", named), "3.11", notes), notes


@pytest.mark.parametrize(
    ("lines", "keeps"),
    [
        ("RUN pip install torch", True),
        ("RUN pip install --no-cache-dir torch", False),
        ("RUN pip3.11 install torch --no-cache", False),
        ("ENV PIP_NO_CACHE_DIR=off\nRUN pip install torch", False),
        ("ARG PIP_NO_CACHE_DIR=1\nRUN pip install torch", False),
        ("RUN PIP_NO_CACHE_DIR=1 pip install torch", False),
        ("RUN --mount=type=cache,target=/root/.cache/pip pip install torch", False),
        ("RUN --mount=type=cache,target=/root/.cache pip install torch", False),
        ("RUN --mount=type=cache,target=/root/.npm pip install torch", True),
        ("ENV PIP_CACHE_DIR=/c\nRUN --mount=type=cache,target=/c pip install torch", False),
        ("RUN pip install torch && rm -rf /root/.cache", False),
        ("RUN pip install torch && rm -rf ~/.cache/pip/*", False),
        ("RUN pip install torch && pip cache purge", False),
        ("RUN pip install torch\nRUN pip cache purge", True),
        ("RUN pip install torch && rm -rf /tmp/x", True),
        ("RUN uv pip install --system torch", True),
        ("RUN uv pip install --system --no-cache torch", False),
        ("ENV UV_NO_CACHE=1\nRUN uv pip install --system torch", False),
        ("RUN --mount=type=cache,target=/root/.cache/uv uv pip install torch", False),
        ("RUN uv pip install torch && uv cache clean", False),
        ("RUN conda install -y pytorch", True),
        ("RUN conda install -y pytorch && conda clean -afy", False),
    ],
)
def test_whether_the_download_cache_stays(tmp_path: Path, lines: str, keeps: bool) -> None:
    found, _ = read(tmp_path, lines)
    assert [each.keeps_cache for each in found.python] == [keeps]
    assert found.python[0].requirements == ("torch",)


@pytest.mark.parametrize(
    ("lines", "compiled"),
    [
        ("RUN pip install torch", True),
        ("RUN pip install --no-compile torch", False),
        ("ENV PIP_NO_COMPILE=1\nRUN pip install torch", False),
        ("ENV PYTHONDONTWRITEBYTECODE=1\nRUN pip install torch", True),
        ("RUN uv pip install torch", False),
        ("RUN uv pip install --compile-bytecode torch", True),
        ("ENV UV_COMPILE_BYTECODE=1\nRUN uv pip install torch", True),
    ],
)
def test_whether_bytecode_is_written(tmp_path: Path, lines: str, compiled: bool) -> None:
    found, _ = read(tmp_path, lines)
    assert [each.compiles for each in found.python] == [compiled]


@pytest.mark.parametrize(
    ("line", "tool", "requirements"),
    [
        ("pip install flask", "pip", ("flask",)),
        ("python -m pip install flask", "pip", ("flask",)),
        ("python3.11 -m pip install -q --user 'flask>=2'", "pip", ("flask>=2",)),
        ("/opt/venv/bin/pip install flask", "pip", ("flask",)),
        ("sudo -H pip install flask", "pip", ("flask",)),
        ("cd /tmp && pip install -r r.txt", "pip", ("torch",)),
        ("pip install -r /tmp/r.txt -r /tmp/r.txt", "pip", ("torch",)),
        ("bash -c 'pip install flask'", "pip", ("flask",)),
        ("uv pip sync /tmp/r.txt", "uv", ("torch",)),
        ("uv add flask", "uv", ("flask",)),
        ("pip-sync /tmp/r.txt", "pip", ("torch",)),
        ("conda run -n base pip install flask", "pip", ("flask",)),
        ("mamba install -y -c conda-forge -n base 'pytorch>=2' flask", "conda", ("torch>=2", "flask")),
        ("poetry add flask@2.0", "poetry", ("flask==2.0",)),
        ("pipenv install flask", "pipenv", ("flask",)),
    ],
)
def test_every_tool_and_spelling(tmp_path: Path, line: str, tool: str, requirements: tuple[str, ...]) -> None:
    found, notes = read(tmp_path, f"COPY r.txt /tmp/\nRUN {line}", r__txt="torch\n")
    assert [(each.tool, each.requirements, each.line) for each in found.python] == [(tool, requirements, 3)]
    assert notes == []


def test_the_cpu_index_stays_with_its_line(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path,
        "RUN pip install torch --index-url https://download.pytorch.org/whl/cpu\nRUN pip install flask\n"
        "ENV PIP_EXTRA_INDEX_URL=https://x.example/simple\nRUN pip install numpy",
    )
    assert [(each.requirements, each.index_options) for each in found.python] == [
        (("torch",), ("--index-url https://download.pytorch.org/whl/cpu",)),
        (("flask",), ()),
        (("numpy",), ("--extra-index-url https://x.example/simple",)),
    ]


def test_poetry_takes_development_groups_unless_told(tmp_path: Path) -> None:
    project = (
        '[tool.poetry]\nname="p"\n[tool.poetry.dependencies]\nflask="*"\ntorch={version="*",optional=true}\n'
        '[tool.poetry.extras]\nml=["torch"]\n[tool.poetry.group.dev.dependencies]\npytest="*"\n'
    )
    for line, requirements in (
        ("poetry install", ("flask", "pytest")),
        ("poetry install --no-root --only main", ("flask",)),
        ("poetry install --no-dev -E ml", ("flask", "torch")),
        ("poetry install --without dev --extras 'ml'", ("flask", "torch")),
    ):
        found, _ = read(tmp_path, f"WORKDIR /a\nCOPY pyproject.toml .\nRUN {line}", pyproject__toml=project)
        assert found.python[0].requirements == requirements, line


def test_uv_takes_the_dev_group_unless_told(tmp_path: Path) -> None:
    project = '[project]\nname="p"\nversion="1"\ndependencies=["flask"]\n'
    project += '[dependency-groups]\ndev=["pytest",{include-group="lint"}]\nlint=["ruff"]\n'
    for line, requirements in (
        ("uv sync", ("flask", "pytest", "ruff")),
        ("uv sync --no-dev", ("flask",)),
        ("uv sync --no-dev --group lint", ("flask", "ruff")),
    ):
        found, _ = read(tmp_path, f"WORKDIR /a\nCOPY pyproject.toml .\nRUN {line}", pyproject__toml=project)
        assert found.python[0].requirements == requirements, line


def test_a_member_of_a_uv_workspace_is_read_from_the_lock(tmp_path: Path) -> None:
    lock = (
        'version = 1\n[[package]]\nname = "api"\nversion = "0"\nsource = { editable = "api" }\n[package.metadata]\n'
        'requires-dist = [{ name = "flask", specifier = ">=2" },'
        ' { name = "torch", extras = ["x"], marker = "extra == \'ml\'" }]\n'
        '[[package]]\nname = "flask"\nversion = "2.3.3"\nsource = { registry = "x" }\n'
    )
    for line, requirements in (
        ("uv sync --frozen --no-dev --package api", ("flask>=2",)),
        ("uv sync --frozen --package=api --extra ml", ("flask>=2", "torch[x]")),
    ):
        found, _ = read(tmp_path, f"WORKDIR /a\nCOPY uv.lock .\nRUN {line}", uv__lock=lock)
        assert (found.python[0].requirements, found.python[0].constraints) == (requirements, ("flask==2.3.3",)), line


def test_a_stage_whose_environment_is_not_copied_does_not_count(tmp_path: Path) -> None:
    text = "RUN pip install torch\nFROM python:3.11-slim\nCOPY --from=0 /out /out\nRUN pip install flask"
    found, _ = read(tmp_path, text)
    assert [each.requirements for each in found.python] == [("flask",)]


@pytest.mark.parametrize(
    ("make", "copy"),
    [
        ("python -m venv /v && /v/bin/pip install torch", "/v /v"),
        ("pip install --prefix=/install torch", "/install /usr/local"),
        ("pip install --target /deps torch", "/deps /deps"),
        ("pip install --user torch", "/root/.local /root/.local"),
        ("pip install torch", "/usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages"),
        ("pip install torch", "/usr/local /usr/local"),
        ("pip install torch", "/ /"),
    ],
)
def test_an_environment_that_is_copied_ships_without_its_cache(tmp_path: Path, make: str, copy: str) -> None:
    found, _ = read(tmp_path, f"RUN {make}\nFROM python:3.11-slim\nCOPY --from=0 {copy}\nRUN pip install flask")
    assert [(each.requirements, each.keeps_cache) for each in found.python] == [(("torch",), False), (("flask",), True)]


@pytest.mark.parametrize(
    ("line", "packages", "recommends", "lists"),
    [
        ("apt-get update && apt-get install -y git vim", ("git", "vim"), True, True),
        ("apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*", ("git",), False, False),
        ("apt install -qq -y -o Dpkg::Use-Pty=0 git=1:2.* libgl1:amd64", ("git", "libgl1"), True, True),
        ("apt-get -o APT::Install-Recommends=false install -y git", ("git",), False, True),
        ("set -ex; apt-get update; apt-get install -y $PKGS git; apt-get clean", ("git",), True, True),
        ("DEBIAN_FRONTEND=noninteractive apt-get install -y git && apt-get purge -y git", ("git",), True, True),
    ],
)
def test_packages_of_debian(
    tmp_path: Path, line: str, packages: tuple[str, ...], recommends: bool, lists: bool
) -> None:
    found, _ = read(tmp_path, f"RUN {line}")
    assert [(each.packages, each.recommends, each.keeps_lists, each.line) for each in found.system] == [
        (packages, recommends, lists, 2)
    ]


def test_lists_in_a_cache_mount_do_not_stay(tmp_path: Path) -> None:
    found, _ = read(
        tmp_path,
        "RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt \\\n"
        "  apt-get update && apt-get install -y git",
    )
    assert [each.keeps_lists for each in found.system] == [False]


def test_other_package_managers_are_noted(tmp_path: Path) -> None:
    found, notes = read(tmp_path, "RUN apk add --no-cache gcc && pip install flask\nRUN dnf install -y gcc")
    assert found.system == ()
    assert [note.split(": ")[1] for note in notes] == [
        "packages of apk are not weighed",
        "packages of dnf are not weighed",
    ]


def test_a_run_that_is_not_understood_is_noted_when_it_may_install(tmp_path: Path) -> None:
    _, notes = read(tmp_path, "RUN case $X in a) pip install torch;; esac\nRUN case $X in a) echo;; esac")
    assert notes == ["Dockerfile:2: a part of this RUN was not understood; it may install more"]


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("python:3.11", "3.11"),
        ("python:3.11.4-slim-bookworm@sha256:abc", "3.11"),
        ("docker.io/library/python:3.9-alpine", "3.9"),
        ("mcr.microsoft.com/azure-functions/python:4-python3.10", "3.10"),
        ("public.ecr.aws/lambda/python:3.12", "3.12"),
        ("ghcr.io/astral-sh/uv:python3.13-bookworm", "3.13"),
        ("tiangolo/uvicorn-gunicorn:python3.8-slim", "3.8"),
        ("localhost:5000/python:3.10", "3.10"),
        ("ubuntu:22.04", "3.10"),
        ("nvidia/cuda:12.1.0-base-ubuntu20.04", "3.8"),
        ("debian:bookworm-slim", "3.11"),
    ],
)
def test_the_base_image_says_which_python(tmp_path: Path, image: str, version: str) -> None:
    assert python_version(built(tmp_path, f"FROM {image}\n"), None, []) == version


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        (".python-version", "3.10.4\n", "3.10"),
        ("runtime.txt", "python-3.9.18", "3.9"),
        ("pyproject.toml", '[project]\nname="x"\nrequires-python=">=3.8,<3.12"\n', "3.11"),
        ("pyproject.toml", '[project]\nname="x"\nrequires-python=">=3.10"\n', "3.10"),
        ("pyproject.toml", '[project]\nname="x"\nrequires-python="==3.12.*"\n', "3.12"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython="^3.9"\n', "3.9"),
        ("Pipfile", '[requires]\npython_version="3.8"\n', "3.8"),
        ("environment.yml", "dependencies:\n  - python=3.10\n", "3.10"),
    ],
)
def test_the_projects_files_say_which_python(tmp_path: Path, name: str, text: str, version: str) -> None:
    notes: list[str] = []
    assert python_version(built(tmp_path, None, {name: text}), None, notes) == version
    assert any(name in note or "Pipfile" in note for note in notes)


def test_python_from_apt_is_the_distributions_whatever_the_project_says(tmp_path: Path) -> None:
    files = {"runtime.txt": "python-3.12.1"}
    apt = "RUN apt-get update && apt-get install -y python3 python3-pip\n"
    assert python_version(built(tmp_path, f"FROM ubuntu:22.04\n{apt}", files), None, []) == "3.10"
    assert python_version(built(tmp_path, "FROM ubuntu:22.04\n", files), None, []) == "3.12"
    own = "RUN apt-get install -y python3.9\n"
    assert python_version(built(tmp_path, f"FROM ubuntu:22.04\n{own}", files), None, []) == "3.9"


def test_the_settings_decide_and_without_anything_it_is_this_machines(tmp_path: Path) -> None:
    import sys

    notes: list[str] = []
    assert python_version(built(tmp_path, "FROM python:3.11\n"), "3.9.1", notes) == "3.9"
    assert notes == []
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert python_version(built(tmp_path, "FROM scratch\n"), None, notes) == own
    assert "this machine's own" in notes[0]
