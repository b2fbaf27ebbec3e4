"""Files or packages are removed in a later instruction than the one that brought them."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.tree import Landing
from ...records import FixClass
from ..builds import Build
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_files
from ..taken_back import as_one, taken_back
from ..traces import Trace, covers, removed

CODE = "L05"
NAME = "removed-later"
SUMMARY = "what one instruction brings, a later one removes or moves, so its bytes stay in the image"
WHY = """\
A layer is never changed again. An archive that one RUN downloads and another deletes, a package that is purged two
lines later, a model that is moved to its place: each is in the image in full, moved files even twice. Where both are
RUN lines that follow each other, the fix makes one of them.

It changes nothing where other instructions stand between them, and where a COPY brought the file: mount that instead
(`RUN --mount=type=bind,source=…,target=…`)."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = ("wagoodman/dive, issue 238: wasted space", "Docker's guide to layers")
_WORTH_BYTES = 1_000_000
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM debian:12\nWORKDIR /opt\nRUN wget -q https://example.org/m/model.tar.gz\n"
            "RUN tar xzf model.tar.gz\nRUN rm model.tar.gz\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nWORKDIR /opt\nRUN wget -q https://example.org/m/model.tar.gz && \\\n"
            "    tar xzf model.tar.gz && \\\n    rm model.tar.gz\n"
        },
    ),
    Example(
        title="a package that is purged later; in the same RUN it is right, and so is what is made elsewhere",
        bad={
            "Dockerfile": "FROM debian:12\nRUN apt-get install -y gcc git\nRUN pip install x; pip check\n"
            "RUN apt-get purge -y gcc && apt-get autoremove -y\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get install -y gcc && make && apt-get purge -y gcc\n"
            "RUN curl -o a.zip https://example.org/a.zip && rm a.zip\nRUN rm -rf a.zip /tmp/*\n"
        },
        fixed={
            "Dockerfile": "FROM debian:12\nRUN apt-get install -y gcc git && \\\n    { pip install x; pip check; } && \\\n"
            "    apt-get purge -y gcc && apt-get autoremove -y\n"
        },
    ),
    Example(
        title="moved after a clone",
        bad={"Dockerfile": "FROM debian:12\nRUN git clone https://example.org/m.git\nRUN mv /m /opt/model\n"},
        good={
            "Dockerfile": "FROM debian:12\nRUN git clone https://example.org/m.git && \\\n    mv /m /opt/model\n",
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships and removes what it did not make."""
    for build in project.builds:
        for pair in taken_back(build):
            things = [trace.name for trace in pair.traces if trace.kind != "cache"]
            if not things:
                continue
            changes, refused = as_one(build, pair.maker, pair.remover)
            named = ", ".join(things[:3]) + (" and more" if len(things) > 3 else "")
            yield Found(
                file=build.path,
                start=pair.remover.instruction.start,
                end=pair.remover.instruction.end,
                message=f"{named} came in line {pair.maker.instruction.first_line}: taken away here, the bytes stay",
                advice="do both in one RUN" + (f" ({refused})" if refused else ""),
                fix="safe",
                changes=changes,
            )
        yield from _copied(project, build)


def _copied(project: Project, build: Build) -> Iterator[Found]:
    """RUN lines that remove what a COPY or ADD brought."""
    for line in build.lines:
        gone = [trace for run in line.runs for trace in removed(run) if trace.kind == "path"] if line.ships else []
        if not gone:
            continue
        own = {each.instruction.first_line for each in build.of_stage(line.stage)}
        lying = [each for each in build.landings.before(line.instruction.first_line).values() if each.line in own]
        found = [each for each in lying if _covered(gone, each)]
        if sum(each.size_bytes for each in found) < _WORTH_BYTES:
            continue
        yield Found(
            file=build.path,
            start=line.instruction.start,
            end=line.instruction.end,
            message=f"{found[0].target} came by the COPY of line {found[0].line}: taken away here, its bytes stay",
            advice="mount it where it is used: RUN --mount=type=bind,source=…,target=…; or leave it out of the COPY",
            saving=of_files(project, (build.below(each.source) for each in found)),
        )


def _covered(gone: list[Trace], landing: Landing) -> bool:
    return any(covers(trace, Trace(kind="path", name=landing.target, run=trace.run)) for trace in gone)
