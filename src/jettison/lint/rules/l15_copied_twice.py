"""The same files are copied to two places."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.tree import Landing
from ...records import FixClass
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_files

CODE = "L15"
NAME = "copied-twice"
SUMMARY = "the same files are copied to two places in the image"
WHY = """\
Layers do not share what is equal: a model below `/app/models` and once more below `/models` is stored and pulled twice.
Keep one and let the service read it there, or put a link in the other place.

It follows files of the build's folder by their names, also through stages, and says nothing below a megabyte. What is
equal by its content alone is found in the built image."""
FIX: FixClass = "suggest"
ALSO = ()
SOURCES = ("IBM/text-generation-inference, pull request 50", "huggingface/huggingface_hub, issue 2284")
_WORTH_BYTES = 1_000_000
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nCOPY model /models/\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\nRUN ln -s /app/model /models\n"},
        sizes={"model/weights.bin": 5_000_000, "app.py": 100},
    ),
    Example(
        title="through a stage; what only a stage holds is not in the image",
        bad={
            "Dockerfile": "FROM debian:12 AS a\nCOPY model /m\nFROM debian:12\nCOPY --from=a /m /m\n"
            "COPY model/weights.bin \\\n  /srv/w.bin\n"
        },
        good={
            "Dockerfile": "FROM debian:12 AS a\nCOPY model /m\nFROM debian:12\nCOPY --from=a /m /m\nCOPY app.py /a/\n"
            "COPY app.py /b/\n"
        },
        sizes={"model/weights.bin": 5_000_000, "app.py": 100},
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every COPY or ADD that brings files which an earlier one has put elsewhere."""
    for build in project.builds:
        first: dict[str, Landing] = {}
        again: dict[int, list[tuple[Landing, Landing]]] = {}
        for landing in build.landings.final:
            if not landing.source:
                continue
            before = first.setdefault(landing.source, landing)
            if before is not landing:
                pair = (before, landing) if before.line <= landing.line else (landing, before)
                first[landing.source] = pair[0]
                again.setdefault(pair[1].line, []).append(pair)
        for line in build.lines:
            found = again.get(line.instruction.first_line, [])
            if not line.ships or sum(each.size_bytes for _, each in found) < _WORTH_BYTES:
                continue
            before, largest = max(found, key=lambda pair: pair[1].size_bytes)
            others = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield Found(
                file=build.path,
                start=line.instruction.start,
                end=line.instruction.end,
                message=f"{largest.source}{others} lies at {before.target} already: the image holds it twice",
                advice="keep one of them, and a link in the other place",
                saving=of_files(project, (build.below(each.source) for _, each in found)),
            )
