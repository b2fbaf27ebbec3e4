"""More layers than some container tools can stack."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import Edit, FixClass
from ..builds import Build
from ..found import Found, changed
from ..joining import joined, neighbours
from ..project import Project
from ..rule import Example

CODE = "L18"
NAME = "many-layers"
SUMMARY = "the image has more layers than can safely be stacked"
WHY = """\
Overlay file systems stack at most some 127 layers, and a pull asks for each by itself. Above a hundred of the file's
own, the base's not counted, the fix joins RUN lines that follow each other; it saves no bytes (see L06)."""
FIX: FixClass = "safe"
ALSO = ()
SOURCES = (
    "chainguard-dev/apko: containerd takes at most 127 layers",
    "moby/moby: overlay2's limit of 128 lower layers",
)
_MOST = 100
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM debian:12\n" + "".join(f"RUN touch /{number}\n" for number in range(101))},
        good={
            "Dockerfile": "FROM debian:12\nRUN "
            + " && \\\n    ".join(f"touch /{number}" for number in range(101))
            + "\n"
        },
    ),
    Example(
        title="stages that do not ship do not count; COPY does",
        bad={"Dockerfile": "FROM debian:12\nCOPY x /\n" + "RUN a\nCOPY x /\n" * 51 + "RUN b\nRUN c || d\n"},
        good={"Dockerfile": "FROM debian:12 AS a\n" + "RUN a\n" * 150 + "FROM debian:12\n" + "RUN a\nENV x=1\n" * 99},
        fixed={
            "Dockerfile": "FROM debian:12\nCOPY x /\n" + "RUN a\nCOPY x /\n" * 51 + "RUN b && \\\n    { c || d; }\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """The last stage of every file that makes too many layers."""
    for build in project.builds:
        count = sum(line.ships and line.word in ("RUN", "COPY", "ADD") for line in build.lines)
        if count <= _MOST:
            continue
        opened = build.final.opened
        edits = _joins(build)
        yield Found(
            file=build.path,
            start=opened.start,
            end=opened.end,
            message=f"the image gets {count} layers on top of its base's, and many tools stack at most 127",
            advice="join RUN lines that belong together, and copy folders instead of single files",
            fix="safe",
            changes=(changed(build.path, edits),) if edits else (),
        )


def _joins(build: Build) -> list[Edit]:
    return [edit for group in neighbours(build) if group[0].ships for edit in joined(build.dockerfile, group).edits]
