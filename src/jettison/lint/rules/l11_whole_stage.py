"""The image that ships is a build stage, or a copy of all of one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from ...dockerfile.stages import Stage, chain, named
from ...dockerfile.system_installs import packages_of
from ...records import FixClass
from ..builds import Build
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "L11"
NAME = "whole-stage"
SUMMARY = "the image that ships builds on a build stage, or copies its whole file system"
WHY = """\
Stages are there to leave things behind. When the last stage says `FROM builder`, or copies `/` of the build stage to
`/`, the compilers, headers and caches of the build come along. Copy what the service needs: its environment
(`/opt/venv`, `/usr/local/lib/python3.12/site-packages`) and its code.

Stages on a common base of their own (`FROM base AS final`), root file systems that a stage has put together in a folder,
and stages that began from scratch are as they should be."""
FIX: FixClass = "suggest"
ALSO = ("DL3067",)
SOURCES = ("hadolint, rule DL3067", "Docker's guide to multi-stage builds")
_BUILD_STAGE = re.compile(r"(^|[-_.])(build|builder|compile|compiler|wheels?|deps?|installer)([-_.]|$)")
_TOOLS = ("build-essential", "gcc", "g++", "clang", "cmake", "make", "python3-dev")
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12 AS builder\nRUN pip wheel -w /w flask\nFROM builder\n"
            "RUN pip install --no-cache-dir --no-index -f /w flask\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS base\nWORKDIR /app\nFROM base AS build\nRUN pip wheel -w /w flask\n"
            "FROM base\nCOPY --from=build /w /w\n"
        },
    ),
    Example(
        title="all of it copied; a root file system of its own is fine",
        bad={
            "Dockerfile": "FROM debian:12 AS base\nRUN apt-get update && apt-get install -y gcc\n"
            "FROM debian:12-slim\nCOPY --from=base . /\n"
        },
        good={
            "Dockerfile": "FROM debian:12 AS base\nRUN mkdir /rootfs\nFROM scratch AS files\nCOPY x /x\n"
            "FROM scratch\nCOPY --from=base /rootfs /\nCOPY --from=files / /\nCOPY --from=docker.io/library/x / /\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """The last stage's FROM, and every COPY of a whole stage into one that ships."""
    for build in project.builds:
        below = build.final.base_index
        if below is not None and _is_for_building(build, build.stages[below]):
            opened = build.final.opened
            yield Found(
                file=build.path,
                start=opened.start,
                end=opened.end,
                message=f"the image is the build stage {build.final.base}, with all that was needed to build",
                advice="begin from a slim base and copy the environment and the code from that stage",
            )
        yield from _copied(build)


def _copied(build: Build) -> Iterator[Found]:
    for line in build.lines:
        origin = line.instruction.flag("from") if line.ships and line.word == "COPY" else None
        stage = named(build.stages, line.scope.expanded(origin)) if origin else None
        if stage is None or chain(build.stages, stage)[0].base == "scratch":
            continue
        *sources, target = line.instruction.arguments
        if posixpath.normpath(posixpath.join("/", target)) != "/":
            continue
        if any(posixpath.normpath(posixpath.join("/", source)) in ("/", "/*", "//") for source in sources):
            yield Found(
                file=build.path,
                start=line.instruction.start,
                end=line.instruction.end,
                message=f"the whole file system of the stage {origin} is copied",
                advice="copy the environment and the code alone",
            )


def _is_for_building(build: Build, stage: Stage) -> bool:
    if _BUILD_STAGE.search(stage.name):
        return True
    packages = {name for line in build.of_stage(stage.index) for run in line.runs for name in packages_of(run)}
    only_user = sum(stage.index == each.base_index for each in build.stages) == 1
    return only_user and bool(packages & {*_TOOLS})
