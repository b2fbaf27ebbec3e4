"""Python compiles all its imports anew at every start."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.installs import compiles
from ...dockerfile.stages import named
from ...records import FixClass
from ..builds import Build
from ..found import Found
from ..platforms import platforms
from ..project import Project
from ..rule import Example

CODE = "P02"
NAME = "bytecode"
SUMMARY = "packages are installed without bytecode, so that every start compiles them anew"
WHY = """\
pip compiles what it installs; uv and Poetry do not. Python then compiles every module that it imports when the container
starts, and a new container begins from nothing each time: imports took 15.5 s without and 7.1 s with bytecode in one
published case, for 9 to 20 % more in packages. `--compile-bytecode` (uv) or `--compile` (Poetry), at the command that
installs what the image runs, has it done while building.

It is left to you because the image grows by it (Flask and scikit-learn, installed by uv: 63 MB), and nothing that is
mended for you makes an image larger.

On a read-only platform (`--target aws-lambda`) what is not compiled while building never is; there `PIP_NO_COMPILE` and
`--no-compile` are named too. A stage that the image takes nothing from is left alone."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = (
    "topoteretes/cognee, pull request 3051: imports in 7.1 instead of 15.5 s",
    "astral-sh/uv, issues 13596, 16378 and 1788: 750 against 900 MB; Docker guide: compiling bytecode",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.5.11 /uv /bin/\n"
            "COPY pyproject.toml uv.lock ./\nRUN --mount=type=cache,target=/root/.cache/uv \\\n"
            "    uv sync --locked --no-dev\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY --from=ghcr.io/astral-sh/uv:0.5.11 /uv /bin/\n"
            "ENV UV_COMPILE_BYTECODE=1\nCOPY pyproject.toml uv.lock ./\n"
            "RUN --mount=type=cache,target=/root/.cache/uv \\\n    uv sync --locked --no-dev\n"
        },
    ),
    Example(
        title="the stage that the environment is copied from; not the one that only tests",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN uv pip install --system flask\n"
            "FROM python:3.12-slim AS test\nRUN uv pip install --system pytest\n"
            "FROM python:3.12-slim\nCOPY --from=build /usr/local /usr/local\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN uv pip install --compile-bytecode --system flask\n"
            "FROM python:3.12-slim AS test\nRUN uv pip install --system pytest\n"
            "FROM python:3.12-slim\nCOPY --from=build /usr/local /usr/local\n"
        },
    ),
    Example(
        title="a platform where nothing can be written afterwards",
        targets=("cpu", "aws-lambda"),
        bad={
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nENV PIP_NO_COMPILE=1\nRUN pip install flask\n",
        },
        good={
            "Dockerfile": "FROM public.ecr.aws/lambda/python:3.12\nENV PYTHONDONTWRITEBYTECODE=1\nRUN pip install flask\n"
        },
    ),
)

_FLAGS = {"uv": "--compile-bytecode", "poetry": "--compile"}
_NO_SERVICE = {"uv", "poetry", "pdm", "pipenv", "pip", "setuptools", "wheel", "hatch"}


def findings(project: Project) -> Iterator[Found]:
    """Every command that installs what the image runs."""
    read_only = next((each for each in platforms(project) if each.read_only), None)
    for build in project.builds:
        taken = _taken(build) if build.installs else frozenset()
        compiled = any("compileall" in run.argv for line in build.lines for run in line.runs)
        for each in build.installs if not compiled else ():
            if each.line.stage not in taken or compiles(each.install, each.run):
                continue
            if each.install.tool not in _FLAGS and (each.install.tool != "pip" or read_only is None):
                continue
            if each.install.kind == "wheels" or ((words := {*each.install.words}) and words <= _NO_SERVICE):
                continue
            where = f"; on {read_only.title} it can never be kept" if read_only else ""
            off = "PYTHONDONTWRITEBYTECODE" in build.scope.environment
            where = where or ("; PYTHONDONTWRITEBYTECODE keeps it from staying even then" if off else "")
            flag = _FLAGS.get(each.install.tool, "")
            yield Found(
                file=build.path,
                start=each.run.command.start,
                end=each.run.command.end,
                message=f"{each.install.tool} installs without bytecode, and every start compiles the imports anew{where}",
                advice=f"add {flag}, for a quicker start of a larger image" if flag else "let pip compile",
            )


def _taken(build: Build) -> frozenset[int]:
    """Stages that the image holds something of."""
    found = set(build.shipped)
    for line in reversed(build.lines):
        origin = line.instruction.flag("from") if line.stage in found and line.word in ("COPY", "ADD") else None
        stage = named(build.stages, line.scope.expanded(origin)) if origin else None
        while stage is not None:
            found.add(stage.index)
            stage = build.stages[stage.base_index] if stage.base_index is not None else None
    return frozenset(found)
