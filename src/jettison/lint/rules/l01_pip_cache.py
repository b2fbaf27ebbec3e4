"""pip keeps what it downloaded."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.installs import keeps_cache
from ...records import FixClass
from ..found import Found, inserted
from ..project import Project
from ..rule import Example
from ..savings import of_line

CODE = "L01"
NAME = "pip-cache"
SUMMARY = "pip install leaves its download cache in the layer"
WHY = """\
pip keeps every wheel that it downloads under `~/.cache/pip`, where no later build finds it again: the layer carries
each package twice, packed and unpacked. The fix adds `--no-cache-dir`.

It says nothing where the cache goes elsewhere: a cache mount, `PIP_NO_CACHE_DIR`, a stage that only others copy from,
or a later command of the same RUN that removes it."""
FIX: FixClass = "safe"
ALSO = ("DL3042",)
SOURCES = (
    "hadolint, rule DL3042",
    "NVIDIA-NeMo/Guardrails, pull request 463: images of 12.3, 9.6 and 1.68 GB became 9.37, 7.6 and 1.58 GB",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip install flask\n"},
        good={"Dockerfile": "FROM python:3.12-slim\nRUN pip install --no-cache-dir flask\n"},
    ),
    Example(
        title="a cache mount keeps it out of the layer",
        bad={"Dockerfile": "FROM python:3.12-slim\nRUN pip3 install \\\n    flask && \\\n    rm -rf /tmp/x\n"},
        good={
            "Dockerfile": "FROM python:3.12-slim\nRUN --mount=type=cache,target=/root/.cache/pip pip3 install flask\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN pip3 install --no-cache-dir \\\n    flask && \\\n    rm -rf /tmp/x\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every pip install of a stage that ships."""
    for build in project.builds:
        for each in build.installs:
            run = each.run
            if each.install.tool != "pip" or each.install.kind == "wheels" or not each.line.ships:
                continue
            if not keeps_cache(each.install, run, each.line.runs):
                continue
            verb = next((word for word in run.command.words if word.value == "install"), None)
            yield Found(
                file=build.path,
                start=run.command.start,
                end=run.command.end,
                message="pip keeps the packages that it downloads in the layer, where nothing uses them again",
                advice="add --no-cache-dir, or a cache mount",
                fix="safe",
                # A script inside `sh -c '…'` has no places of its own.
                changes=(inserted(build.path, verb.end, " --no-cache-dir"),)
                if verb is not None and build.dockerfile.text[verb.start : verb.end] == "install"
                else (),
                saving=of_line(project, run, "pip-cache"),
            )
