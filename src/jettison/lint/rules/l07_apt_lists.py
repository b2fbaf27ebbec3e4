"""apt's package lists stay in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from ...dockerfile.system_installs import system_install
from ...records import FixClass
from ..found import Found, inserted
from ..project import Project
from ..rule import Example
from ..savings import of_table

CODE = "L07"
NAME = "apt-lists"
SUMMARY = "the package lists of apt-get update stay in the layer"
WHY = """\
`apt-get update` writes the lists of all packages of the distribution to `/var/lib/apt/lists`; a running service never
reads them. They can only be removed in the RUN that made them. The fix appends `&& rm -rf /var/lib/apt/lists/*`.

It does nothing where the RUN is no plain chain of `&&`: behind a pipe or a condition the removal could hide a failure."""
FIX: FixClass = "safe"
ALSO = ("DL3009",)
SOURCES = ("hadolint, rule DL3009", "tensorflow/tensorflow, pull request 59682: 2.07 GB became 1.76 GB with L08")
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends libgomp1\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends libgomp1 "
            "&& rm -rf /var/lib/apt/lists/*\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships and installs with apt."""
    for build in project.builds:
        for line in build.lines:
            installed = system_install(line.runs) if line.ships and line.runs else None
            if installed is None or not installed.keeps_lists:
                continue
            last = line.runs[-1].command
            plain = all(run.command.always and run.command.after in ("", "&&") for run in line.runs)
            can = plain and not line.instruction.is_json and not line.instruction.heredocs and not last.inside
            yield Found(
                file=build.path,
                start=line.instruction.start,
                end=line.instruction.end,
                message="the package lists of apt stay in the layer",
                advice="end the RUN with && rm -rf /var/lib/apt/lists/*",
                fix="safe",
                changes=(inserted(build.path, last.end, " && rm -rf /var/lib/apt/lists/*"),) if can else (),
                saving=of_table("apt-lists"),
            )
