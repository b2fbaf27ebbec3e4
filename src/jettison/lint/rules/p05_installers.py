"""pip in an environment that nothing is installed into any more."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...dockerfile.stages import named
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..asked import asked_for
from ..builds import Build
from ..code import code_of
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_table

CODE = "P05"
NAME = "installers"
SUMMARY = "the virtual environment that the image copies still holds pip"
WHY = """\
`python -m venv` puts pip into the environment. When a stage fills it and the image only copies it, pip is never called
again. `python -m venv --without-pip` with the pip of the stage (`pip --python /opt/venv install …`), or
`pip uninstall --yes pip` as the stage's last step, leaves it behind: before it is copied, so that the bytes are gone.

In the image itself it says nothing: removing what a base image holds saves nothing there. Nor does it where the code
imports `pkg_resources`, setuptools or pip, or where the image installs something itself."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("measured: 14.7 MB of pip with its bytecode in a fresh environment",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN python -m venv /opt/venv && /opt/venv/bin/pip install flask\n"
            "FROM python:3.12-slim\nCOPY --from=build /opt/venv /opt/venv\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS build\n"
            "RUN python -m venv --without-pip /opt/venv && pip --python /opt/venv install flask\n"
            "FROM python:3.12-slim\nCOPY --from=build /opt/venv /opt/venv\n"
        },
    ),
    Example(
        title="removed before it is copied; uv makes environments without pip",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN python3 -m venv venv\n"
            "RUN venv/bin/pip install -q flask\nFROM python:3.12-slim\nCOPY --from=build /venv /venv\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN python3 -m venv venv\n"
            "RUN venv/bin/pip install -q flask && venv/bin/pip uninstall -y pip\n"
            "FROM python:3.12-slim\nCOPY --from=build /venv /venv\n"
        },
    ),
)

_NEED_THEM = ("pkg_resources", "setuptools", "pip", "ensurepip")


def findings(project: Project) -> Iterator[Found]:
    """Every image that copies such an environment out of a stage."""
    for build in project.builds:
        sources = _copied_from(build) if len(build.stages) > 1 else set()
        if not sources or any(each.line.ships for each in build.installs):
            continue
        runs = [run for line in build.lines if line.stage in sources for run in line.runs]
        if any("uninstall" in run.argv and "pip" in run.argv for run in runs):
            continue
        made = [run for run in runs if _makes_environment(run)]
        needed = made and (
            {"setuptools", "pip"} & asked_for(project, build) or set(_NEED_THEM) & code_of(project, build).modules
        )
        for run in made if not needed else ():
            yield Found(
                file=build.path,
                start=run.command.start,
                end=run.command.end,
                message="the environment that the image copies holds pip, which nothing calls any more",
                advice="make it with --without-pip, or remove pip from it as the stage's last step",
                saving=of_table("pip-in-venv"),
            )


def _makes_environment(run: RunLine) -> bool:
    return program(run.argv) == "python" and run.argv[1:3] == ("-m", "venv") and "--without-pip" not in run.argv


def _copied_from(build: Build) -> set[int]:
    found: set[int] = set()
    for line in build.lines:
        origin = line.instruction.flag("from") if line.ships and line.word == "COPY" else None
        stage = named(build.stages, line.scope.expanded(origin)) if origin else None
        if stage is not None and stage.index not in build.shipped:
            found.add(stage.index)
    return found
