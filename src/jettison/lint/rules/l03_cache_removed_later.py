"""A cache is removed in a later RUN than the one that made it."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass, Saving
from ..found import Found
from ..project import Project
from ..rule import Example
from ..savings import of_all, of_line, of_table
from ..taken_back import as_one, taken_back
from ..traces import Trace

CODE = "L03"
NAME = "cache-removed-later"
SUMMARY = "a cache is removed in a later RUN, so its bytes stay in the image"
WHY = """\
A layer is never changed again: what one RUN leaves, a later one can only hide. A `rm -rf /root/.cache` or
`rm -rf /var/lib/apt/lists/*` of its own costs a layer and saves nothing. The fix makes one RUN of the two and of those
between them.

It changes nothing where a COPY or another instruction stands between them, or where the joined text would not do the
same (see L06); then remove the cache where it is made."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = (
    "slimtoolkit/slim, lint check ID.20021",
    "NVIDIA-NeMo/Guardrails, pull request 463: the cache was removed one RUN too late",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\nRUN rm -rf /root/.cache\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask && \\\n    rm -rf /root/.cache\n"},
    ),
    Example(
        title="another RUN and a comment between them; conda",
        bad={
            "Dockerfile": "FROM debian:12\r\nRUN apt-get update \\\r\n && apt-get install -y git\r\n"
            "RUN cd /opt && touch x\r\n# lists\r\nRUN apt-get clean && rm -rf /var/lib/apt/lists/*\r\n"
            "FROM continuumio/miniconda3\r\nRUN conda install -y numpy\r\nRUN conda clean -afy\r\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*\n"
            "RUN pip install --no-cache-dir flask\nRUN pip cache purge\n"
            "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n"
        },
        fixed={
            "Dockerfile": "FROM debian:12\r\nRUN apt-get update \\\r\n && apt-get install -y git\r\n"
            "RUN cd /opt && touch x\r\n# lists\r\nRUN apt-get clean && rm -rf /var/lib/apt/lists/*\r\n"
            "FROM continuumio/miniconda3\r\nRUN conda install -y numpy && \\\r\n    conda clean -afy\r\n"
        },
    ),
    Example(
        title="three become one; the folder that one of them goes to stays its own",
        bad={
            "Dockerfile": "FROM debian:12\nRUN apt-get update \\\n && apt-get install -y git\nRUN cd /opt && touch x\n"
            "# lists\nRUN apt-get clean && rm -rf /var/lib/apt/lists/*\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update \\\n && apt-get install -y git \\\n"
            " && (cd /opt && touch x) \\\n# lists\n && apt-get clean && rm -rf /var/lib/apt/lists/*\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships and removes a cache that it did not make."""
    for build in project.builds:
        for pair in taken_back(build):
            caches = [trace for trace in pair.traces if trace.kind == "cache"]
            if not caches:
                continue
            changes, refused = as_one(build, pair.maker, pair.remover)
            what = ", ".join(trace.said for trace in caches)
            yield Found(
                file=build.path,
                start=pair.remover.instruction.start,
                end=pair.remover.instruction.end,
                message=f"{what}: made in line {pair.maker.instruction.first_line}, so removing it here saves nothing",
                advice="remove it in the RUN that makes it" + (f" ({refused})" if refused else ""),
                fix="safe",
                changes=changes,
                saving=of_all(_saving(project, trace) for trace in caches),
            )


def _saving(project: Project, trace: Trace) -> Saving | None:
    if trace.name == "apt":
        return of_table("apt-lists")
    return of_line(project, trace.run, "pip-cache") if trace.name == "pip" else None
