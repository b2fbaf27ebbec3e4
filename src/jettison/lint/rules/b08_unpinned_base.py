"""A base image whose content changes from one day to the next."""

from __future__ import annotations

from collections.abc import Iterator

from ...records import FixClass
from ..bases import bases, repository_and_tag
from ..builds import Build
from ..found import Found
from ..project import Project
from ..rule import Example

CODE = "B08"
NAME = "unpinned-base"
SUMMARY = "a base image is named without a version"
WHY = """\
Without a tag, and with `latest`, every build may stand on another release of Python or of the distribution: the same
file gives different images, and a new release breaks a build that nobody touched.

A version makes it repeatable for most purposes; a digest makes it exact. Which digest is right only the registry knows,
so there is no fix: `docker buildx imagetools inspect python:3.12-slim` prints it, and
`FROM python:3.12-slim@sha256:…` pins it. Names that a build argument without a default decides are not looked at."""
FIX: FixClass = "suggest"
ALSO = ("DL3006", "DL3007")
SOURCES = ("hadolint, rules DL3006 and DL3007",)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python\nRUN pip install flask\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\n"},
    ),
    Example(
        title="an image that files are copied from; stages and scratch have no version",
        bad={
            "Dockerfile": "FROM python:3.12-slim AS app\nCOPY --from=ghcr.io/astral-sh/uv:latest /uv /bin/\n",
        },
        good={
            "Dockerfile": "ARG BASE\nFROM python:3.12-slim AS app\nCOPY --from=ghcr.io/astral-sh/uv:0.5.11 /uv /bin/\n"
            "FROM app AS test\nFROM ${BASE} AS other\nFROM scratch\nCOPY --from=app /app /app\nCOPY --from=0 /x /x\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every FROM, and every COPY from an image."""
    for build in project.builds:
        for base in bases(project, build):
            if base.digest or base.tag not in ("", "latest"):
                continue
            yield _found(build, base.start, base.end, base.reference)
        names = {stage.name for stage in build.stages}
        for line in build.lines:
            origin = line.instruction.flag("from") if line.word == "COPY" else None
            if not origin or "$" in origin or origin.isdigit() or origin.lower() in names:
                continue
            _, tag, digest = repository_and_tag(origin)
            if not digest and tag in ("", "latest"):
                yield _found(build, line.instruction.start, line.instruction.end, origin)


def _found(build: Build, start: int, end: int, reference: str) -> Found:
    name = reference.removesuffix(":latest")
    how = "`docker buildx imagetools inspect` prints the digest"
    versioned = not name.startswith(("gcr.io/distroless/", "cgr.dev/"))
    return Found(
        file=build.path,
        start=start,
        end=end,
        message=f"{reference} is another image whenever a new one is published",
        advice=f"name a version, {name}:…; {how} for an exact pin" if versioned else f"pin its digest: {how}",
    )
