"""A model that one RUN downloads and another one moves or changes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...dockerfile.wrappers import program
from ...records import FixClass
from ..builds import Build, Line
from ..downloads import Download, downloads
from ..found import Found, changed
from ..joining import joined, neighbours
from ..project import Project
from ..rule import Example

CODE = "M07"
NAME = "model-moved"
SUMMARY = "a model is downloaded in one RUN and moved, unpacked or given to a user in another"
WHY = """\
A layer keeps what it was given. A later RUN that moves, copies, unpacks or gives away (`chown`) a downloaded model writes it
once more into a layer of its own, and the first one stays below.

The fix joins the two RUNs when nothing stands between them and joining them changes nothing else."""
FIX: FixClass = "safe"
ALSO: tuple[str, ...] = ()
SOURCES = ("onyx-dot-app/onyx, pull request 5845: 26.1 GB became 14.8 GB",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN hf download org/m --include '*.json' --local-dir /model\n"
            "RUN chown -R 1000:1000 /model\n"
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN hf download org/m --include '*.json' --local-dir /model && \\\n"
            "    chown -R 1000:1000 /model\n"
        },
    ),
    Example(
        bad={
            "Dockerfile": "FROM debian:12\nWORKDIR /w\nRUN wget -q https://example.org/yolov8n.pt\n# where it is looked for\n"
            "RUN mkdir -p /models && mv yolov8n.pt /models/\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nWORKDIR /w\nRUN wget -q -O /models/yolov8n.pt https://example.org/yolov8n.pt\n"
        },
        fixed={
            "Dockerfile": "FROM debian:12\nWORKDIR /w\nRUN wget -q https://example.org/yolov8n.pt && \\\n"
            "# where it is looked for\n    mkdir -p /models && mv yolov8n.pt /models/\n"
        },
        title="A comment between the two stays.",
    ),
)
_REWRITES = ("mv", "cp", "chown", "chmod", "chgrp", "tar", "unzip", "bsdtar")


def findings(project: Project) -> Iterator[Found]:
    """Every later RUN that writes a downloaded model again."""
    for build in project.builds:
        brought = [each for each in downloads(project, build) if each.line.ships and each.place]
        if not brought:
            continue
        groups = neighbours(build)
        seen: set[int] = set()
        for line in build.lines:
            each = next((each for each in brought if _rewritten(each, line)), None)
            if each is None or line.instruction.first_line in seen:
                continue
            seen.add(line.instruction.first_line)
            yield _found(build, each, line, groups)


def _rewritten(each: Download, line: Line) -> bool:
    if line.stage != each.line.stage or line.instruction.first_line <= each.line.instruction.first_line:
        return False
    return any(program(run.argv) in _REWRITES and _touches(run, each.place) for run in line.runs)


def _touches(run: RunLine, place: str) -> bool:
    """It names the place, something in it, or (when it goes down into folders) what is above it."""
    words = [word for word in run.argv[1:] if not word.startswith("-")]
    options = " ".join(word for word in run.argv[1:] if word.startswith("-"))
    deep = "R" in options or "r" in options or program(run.argv) == "mv"
    for word in words:
        target = posixpath.normpath(posixpath.join(run.directory, word.rstrip("*") or "."))
        if target == place or target.startswith(f"{place}/") or (deep and place.startswith(f"{target.rstrip('/')}/")):
            return True
    return False


def _found(build: Build, each: Download, line: Line, groups: tuple[tuple[Line, ...], ...]) -> Found:
    first = each.line.instruction.first_line
    group = next((group for group in groups if line in group), ())
    numbers = [one.instruction.first_line for one in group]
    joining = None
    if first in numbers:
        joining = joined(build.dockerfile, group[numbers.index(first) : numbers.index(line.instruction.first_line) + 1])
    verb = next(program(run.argv) for run in line.runs if program(run.argv) in _REWRITES and _touches(run, each.place))
    return Found(
        file=build.path,
        start=line.instruction.start,
        end=line.instruction.end,
        message=f"{verb} writes {each.place} once more, which line {first} downloads: both layers keep it",
        advice="do it in the RUN that downloads"
        + (f" (not joined here: {joining.refused})" if joining is not None and joining.refused else ""),
        fix="safe",
        changes=(changed(build.path, joining.edits),) if joining is not None and not joining.refused else (),
    )
