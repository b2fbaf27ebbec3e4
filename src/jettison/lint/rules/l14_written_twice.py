"""Two instructions write the same files."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.tree import Landing
from ...records import FixClass
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_files

CODE = "L14"
NAME = "written-twice"
SUMMARY = "two instructions copy files to the same place, so the image holds them twice"
WHY = """\
A later layer hides what an earlier one holds at the same place; both are pulled and stored. The usual case is a folder
of weights that is copied first, for the build cache, and then once more by `COPY . .`. Keep it out of the second COPY:
name what that shall copy, add `--exclude=…`, or move the code into a folder of its own.

Less than a megabyte is not worth a word: a `COPY requirements.txt` in front of the source is right. Files that a RUN
writes are not known here; those of a built image are shown by `jettison inspect`."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("wagoodman/dive: wasted space", "MihaiBuilds/memory-vault, pull request 175: a model stored twice, 180 MB")
_WORTH_BYTES = 1_000_000
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY models models\nCOPY . .\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY models models\nCOPY requirements.txt .\n"
            "COPY app.py requirements.txt ./\n"
        },
        sizes={"models/a.onnx": 9_000_000, "app.py": 200, "requirements.txt": 900},
    ),
    Example(
        title="of another stage; an ignored file is not copied at all",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS files\nCOPY data /d\nFROM python:3.12-slim\nCOPY --from=files /d /d\n"
            "ADD data/b.bin /d/\n"
        },
        good={"Dockerfile": "FROM python:3.12-slim\nCOPY data /d\nCOPY . /d/\n", ".dockerignore": "b.bin\n"},
        sizes={"data/b.bin": 2_000_000, "b.bin": 2_000_000},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every COPY or ADD of the image that writes over what an earlier one brought."""
    for build in project.builds:
        hidden: dict[int, list[Landing]] = {}
        there: dict[str, Landing] = {}
        for landing in build.landings.steps:
            before = there.get(landing.target)
            if before is not None and before.line != landing.line:
                hidden.setdefault(landing.line, []).append(before)
            there[landing.target] = landing
        for line in build.lines:
            found = hidden.get(line.instruction.first_line, [])
            if not line.ships or sum(each.size_bytes for each in found) < _WORTH_BYTES:
                continue
            largest = max(found, key=lambda each: each.size_bytes)
            others = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield Found(
                file=build.path,
                start=line.instruction.start,
                end=line.instruction.end,
                message=f"{largest.target}{others} was copied in line {largest.line} already: the image holds it twice",
                advice="leave it out of one of the two: name what is to be copied, or add --exclude",
                saving=of_files(project, (build.below(each.source) for each in found if each.source)),
            )
