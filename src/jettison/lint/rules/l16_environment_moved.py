"""A Python environment is copied to where it does not fit."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...dockerfile.stages import Stage, chain, named
from ...dockerfile.wrappers import program
from ...oci.base_images import base_image
from ...records import FixClass
from ..builds import Build, Line
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "L16"
NAME = "environment-moved"
SUMMARY = "a Python environment is copied to a base or a place that it was not made for"
WHY = """\
An environment belongs to the interpreter and the C library that it was made with: packages of glibc do not load on
Alpine, packages of Python 3.11 are not found by 3.12, what was compiled on a newer Debian may miss symbols on an older
one, and the programs of a virtual environment name its first place in their first line. Make it on the base on which it
runs, at the place where it runs.

Bases that are not known are not compared."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("astral-sh/uv, issue 16349", "GoogleContainerTools/distroless, issue 1296")
_ENVIRONMENT = re.compile(
    r"/(\.?venv|\.?virtualenv|env|\.local)(/|$)|/(site|dist)-packages(/|$)|^/usr/local(/lib)?$|/lib/python3"
)
_VENV = re.compile(r"/(\.?venv|\.?virtualenv|env)/?$")
_PYTHON = re.compile(r"(?:^|[/:-])python:?-?(3\.\d+)")
_DISTROLESS = {"python3-debian11": "3.9", "python3-debian12": "3.11", "python3-debian13": "3.13"}
_ORDER = ("buster", "bullseye", "bookworm", "trixie", "focal", "jammy", "noble")
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN python -m venv /venv\nFROM python:3.12-alpine\n"
            "COPY --from=build /venv /venv\n"
        },
        good={
            "Dockerfile": "FROM python:3.12 AS build\nRUN python -m venv /venv\nFROM python:3.12-slim\n"
            "COPY --from=build /venv /venv\nCOPY --from=build /app /srv\nCOPY --from=busybox:musl /bin/sh /sh\n"
        },
    ),
    Example(
        title="another Python, by ARG; a base that is not known",
        bad={
            "Dockerfile": "ARG V=3.11\nFROM python:$V AS build\nRUN pip install flask\nFROM python:3.12-slim AS base\n"
            "FROM base\nCOPY --from=build \\\n  /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.12/site-packages\n"
        },
        good={
            "Dockerfile": "FROM python:3.11 AS build\nRUN pip install flask\nFROM registry.example.org/python-base:7\n"
            "COPY --from=build /usr/local/lib/python3.11/site-packages /usr/local/lib/python3.11/site-packages\n"
        },
    ),
    Example(
        title="another place; an older Debian",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nENV UV_PROJECT_ENVIRONMENT=/build/e\nRUN uv sync\n"
            "FROM python:3.12-slim\nCOPY --from=build /build/e /app/e\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim-bookworm AS build\nRUN uv venv /e\nFROM python:3.12-slim-trixie\n"
            "COPY --from=build /e /e\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every COPY of an environment from a stage."""
    for build in project.builds:
        for line in build.lines:
            origin = line.instruction.flag("from") if line.word == "COPY" else None
            stage = named(build.stages, line.scope.expanded(origin)) if origin else None
            if stage is None:
                continue
            for source in line.instruction.arguments[:-1]:
                reason = _reason(build, line, stage, line.scope.expanded(source))
                if reason:
                    yield Found(
                        file=build.path,
                        start=line.instruction.start,
                        end=line.instruction.end,
                        message=f"the environment at {source} {reason}",
                        advice="make it on the base and at the place where it runs",
                    )


def _reason(build: Build, line: Line, stage: Stage, source: str) -> str:
    made_at = _environments(build, stage)
    path = posixpath.normpath(posixpath.join("/", source))
    if not _ENVIRONMENT.search(path) and path not in made_at:
        return ""
    before = chain(build.stages, stage)[0].base
    after = chain(build.stages, build.stages[line.stage])[0].base
    if (_is_musl(before), _is_musl(after)) in ((True, False), (False, True)):
        return f"was made on {before}, and {after} has another C library"
    if (old := _python(before)) and (new := _python(after)) and old != new:
        return f"was made by Python {old}, and {after} has Python {new}"
    target = line.scope.expanded(line.instruction.arguments[-1])
    place = posixpath.normpath(posixpath.join("/", line.scope.workdir, target))
    is_whole = path in made_at or _VENV.search(path)
    if is_whole and len(line.instruction.arguments) == 2 and place != path and not source.endswith(("*", ".")):
        return f"is copied to {place}, and its programs name the place where it was made"
    built, run = _suite(before), _suite(after)
    if (
        built in _ORDER
        and run in _ORDER
        and _ORDER.index(built) > _ORDER.index(run)
        and (built in _ORDER[:4]) == (run in _ORDER[:4])
    ):
        return f"was made on {built}, and {after} is the older {run}"
    return ""


def _environments(build: Build, stage: Stage) -> set[str]:
    """Places of virtual environments that a stage makes or names."""
    found: set[str] = set()
    for line in build.of_stage(stage.index):
        for run in line.runs:
            argv = run.argv
            makes = (
                argv[1:3] == ("-m", "venv")
                or program(argv) == "virtualenv"
                or (*argv[:1], *argv[1:2]) == ("uv", "venv")
            )
            if makes and len(argv) > 1 and not argv[-1].startswith("-") and argv[-1] != "venv":
                found.add(posixpath.normpath(posixpath.join(run.directory, argv[-1])))
        for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
            if place := line.scope.environment.get(name):
                found.add(posixpath.normpath(posixpath.join(line.scope.workdir, place)))
    return found


def _is_musl(reference: str) -> bool | None:
    """None for a base that is not known."""
    if "alpine" in reference:
        return True
    known = base_image(reference) is not None or _python(reference) or "distroless" in reference
    return False if known else None


def _python(reference: str) -> str:
    for name, version in _DISTROLESS.items():
        if name in reference:
            return version
    found = _PYTHON.search(reference)
    return found[1] if found else ""


def _suite(reference: str) -> str:
    named_there = next((suite for suite in _ORDER if suite in reference), "")
    row = base_image(reference)
    return named_there or (row.suite if row else "")
