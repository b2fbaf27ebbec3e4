"""apt's package lists stay in the layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...dockerfile.system_installs import is_update, leaves_lists
from ...records import Edit, FixClass
from ..apt_lists import is_read_by_script, readers
from ..builds import Build, Line
from ..found import Found, changed
from ..joining import appended, joined, run_lines_between
from ..project import Project
from ..rule import Example
from ..savings import of_table
from ..taken_back import goes_with_its_maker

CODE = "L07"
NAME = "apt-lists"
SUMMARY = "the package lists of apt-get update stay in the layer"
WHY = """\
`apt-get update` writes the lists of all packages of the distribution to `/var/lib/apt/lists`; a running service never
reads them, and `apt-get clean` does not remove them. They can only be removed in the RUN that made them: the fix lets
it end with `&& rm -rf /var/lib/apt/lists/*`.

Where later RUN lines install from these lists without an `apt-get update` of their own, all of them become one; it
changes nothing where other instructions stand between them, where a script of the folder installs from the lists, where
the removal could hide a failure (a condition or loop at the end under `set -e`), and inside a script that `sh -c` gets
as JSON. A cache mount on `/var/lib/apt` is fine, and where a RUN right behind removes them L03 speaks."""
FIX: FixClass = "safe"
ALSO = ("DL3009",)
SOURCES = ("hadolint, rule DL3009", "tensorflow/tensorflow, pull request 59682: 2.07 GB became 1.76 GB with L08")
_REMOVAL = "rm -rf /var/lib/apt/lists/*"
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
    Example(
        title="set -e and semicolons; removed before the lists were fetched; apt-get clean is not enough",
        bad={
            "Dockerfile": "FROM debian:12\nRUN set -ex; \\\n    rm -rf /var/lib/apt/lists/*; \\\n    apt-get update; \\\n"
            "    DEBIAN_FRONTEND=noninteractive apt-get install -y git; \\\n    apt-get clean;\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y git && rm -rf /var/lib/{apt,dpkg}/\n"
            "RUN --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y curl\n"
            "RUN apt-get update; apt-get install -y wget; find /var/lib/apt/lists -type f -delete\n"
        },
        fixed={
            "Dockerfile": "FROM debian:12\nRUN set -ex; \\\n    rm -rf /var/lib/apt/lists/*; \\\n    apt-get update; \\\n"
            "    DEBIAN_FRONTEND=noninteractive apt-get install -y git; \\\n    apt-get clean && \\\n"
            "    rm -rf /var/lib/apt/lists/*\n"
        },
    ),
    Example(
        title="the lists of one RUN, the install of another",
        bad={
            "Dockerfile": "FROM debian:12\nRUN apt-get update -y\nRUN mkdir /app\n\n# git for the model\n"
            "RUN apt-get install -y git\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update -y && \\\n    mkdir /app && \\\n# git for the model\n"
            "    apt-get install -y git && \\\n    rm -rf /var/lib/apt/lists/*\n"
        },
    ),
    Example(
        title="a heredoc, sh -c, sudo, and ONBUILD; a stage that others copy from may keep them",
        bad={
            "Dockerfile": "FROM ubuntu:24.04\nRUN <<EOF\nset -e\napt-get update\napt-get install -y git\nEOF\n"
            'RUN bash -c "apt-get update && apt-get install -y curl"\r\nUSER app\n'
            "RUN sudo apt-get update && sudo apt-get install -y wget\n"
            "ONBUILD RUN apt-get update && apt-get install -y vim\n"
        },
        good={
            "Dockerfile": "FROM debian:12 AS build\nRUN apt-get update && apt-get install -y gcc\n"
            "FROM debian:12\nCOPY --from=build /app /app\n"
        },
        fixed={
            "Dockerfile": "FROM ubuntu:24.04\nRUN <<EOF\nset -e\napt-get update\napt-get install -y git && "
            "rm -rf /var/lib/apt/lists/*\nEOF\n"
            'RUN bash -c "apt-get update && apt-get install -y curl" && rm -rf /var/lib/apt/lists/*\r\nUSER app\n'
            "RUN sudo apt-get update && sudo apt-get install -y wget && sudo rm -rf /var/lib/apt/lists/*\n"
            "ONBUILD RUN apt-get update && apt-get install -y vim && rm -rf /var/lib/apt/lists/*\n"
        },
    ),
    Example(
        title="three RUN lines read the same lists; a script that reads them later",
        bad={
            "Dockerfile": "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\n"
            "RUN apt-get install -y git\nCMD git\n"
        },
        good={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get install -y curl && "
            "rm -rf /var/lib/apt/lists/*\nCOPY setup.sh /\nRUN /setup.sh\n",
            "setup.sh": "#!/bin/sh\napt-get update\napt-get install -y git\n",
        },
        fixed={
            "Dockerfile": "FROM debian:12\nRUN apt-get update && \\\n    apt-get install -y curl && \\\n"
            "    apt-get install -y git && \\\n    rm -rf /var/lib/apt/lists/*\nCMD git\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships and fetches the lists."""
    for build in project.builds:
        for line in (*build.lines, *build.held_back):
            if not line.ships or not leaves_lists(line.runs) or goes_with_its_maker(build, line, "apt"):
                continue
            later = readers(build, line)
            reader = later[0] if later else None
            if reader is None:
                edits = _removal(build, line) if not is_read_by_script(project, build, line) else ()
            else:  # what stays of the lists must be there for the last of them
                edits = _as_one(build, line, later[-1])
            needed = f"; line {reader.instruction.first_line} installs from them" if reader else ""
            yield Found(
                file=build.path,
                start=line.instruction.start,
                end=line.instruction.end,
                message=f"the package lists of apt stay in the layer{needed}",
                advice=f"install in the same RUN, and let it end with && {_REMOVAL}"
                if reader
                else f"end the RUN with && {_REMOVAL}",
                fix="safe",
                changes=(changed(build.path, edits),) if edits else (),
                saving=of_table("apt-lists"),
            )


def _removal(build: Build, line: Line) -> tuple[Edit, ...]:
    updates = [run for run in line.runs if is_update(run)]
    with_sudo = any(word.value == "sudo" for run in updates for word in run.command.words[:1])
    edit = appended(build.dockerfile, line, f"sudo {_REMOVAL}" if with_sudo else _REMOVAL)
    return (edit,) if edit else ()


def _as_one(build: Build, line: Line, reader: Line) -> tuple[Edit, ...]:
    """One RUN from the line to the one that reads its lists, which then removes them: what it saves counts once."""
    between = run_lines_between(build, line, reader)
    if not between:
        return ()
    on_a_line = f" && {build.dockerfile.escape}{build.dockerfile.newline}    "  # the joined RUN has lines of its own
    removal = (
        replace(edit, replacement=edit.replacement.replace(" && ", on_a_line)) for edit in _removal(build, reader)
    )
    return (*joined(build.dockerfile, between).edits, *removal)
