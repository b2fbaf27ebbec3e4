"""Compilers, headers and tools in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...dockerfile.runs import RunLine
from ...records import Edit, FixClass
from ..apt_lists import readers
from ..builds import Build, Line
from ..code import code_of
from ..found import Found, changed, without
from ..project import Project
from ..removals import command_removed
from ..rule import Example
from ..run_parts import RefusedError, package_words, part_of
from ..savings import of_debian
from ..stage_checks import stands_on_full, tools_in
from ..staging import staged, takes_tools_out
from ..system_libraries import called_by, called_in, compiles, is_called, tools_saving

CODE = "L09"
NAME = "build-tools"
SUMMARY = "compilers, headers or tools such as git and curl are in the image"
WHY = """\
What only a build needs makes an image larger and gives an intruder tools. Where compilers can be left in a stage of their own, L10
does that and this rule is silent. Elsewhere it names the packages, and says why L10 does nothing.

The fix takes a program out of the list that nothing calls: no RUN, no HEALTHCHECK, no start line, no script or code of the
folder, no requirement with `git+`; a RUN that installs nothing else goes. Compilers and headers it leaves, since an install may need them: those belong into
a stage that the image only copies from."""
FIX: FixClass = "verify"
ALSO: tuple[str, ...] = ()
SOURCES = ("docker/docs, build/building/best-practices: don't install unnecessary packages",)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n"
            "    vim \\\n    libgomp1 \\\n    curl git \\\n && rm -rf /var/lib/apt/lists/*\n"
            "HEALTHCHECK CMD curl -f http://localhost/\n"
        },
        good={
            "Dockerfile": "FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n"
            "    libgomp1 \\\n    curl \\\n && rm -rf /var/lib/apt/lists/*\n"
            "HEALTHCHECK CMD curl -f http://localhost/\n"
        },
        title="curl is needed by the HEALTHCHECK; nothing calls vim and git.",
    ),
    Example(
        bad={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN apt-get update && apt-get install -y gcc git\n"
            "RUN pip wheel -w /w -r requirements.txt\nFROM python:3.12-slim\nCOPY --from=build /w /w\n"
            "RUN apt-get update && apt-get install -y wget gcc libgl1\nRUN pip install /w/*\n",
            "requirements.txt": "git+https://example.org/x.git\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN apt-get update && apt-get install -y gcc git\n"
            "RUN pip wheel -w /w -r requirements.txt\nFROM python:3.12-slim\nCOPY --from=build /w /w\n"
            "RUN apt-get update && apt-get install -y libgl1\nRUN pip install /w/*\n",
            "requirements.txt": "git+https://example.org/x.git\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim AS build\nRUN apt-get update && apt-get install -y gcc git\n"
            "RUN pip wheel -w /w -r requirements.txt\nFROM python:3.12-slim\nCOPY --from=build /w /w\n"
            "RUN apt-get update && apt-get install -y gcc libgl1\nRUN pip install /w/*\n"
        },
        title="A compiler in the final stage is left to a person; the build stage's own tools do not ship.",
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every RUN of a stage that ships and installs tools, where L10 does not move them."""
    for build in project.builds:
        tools = tools_in(project, build)
        if not tools or takes_tools_out(project, build):
            continue
        used = called_by(code_of(project, build)) | called_in(project, build)
        for line in dict.fromkeys(line.instruction.first_line for _, line in tools):
            here = [(name, each) for name, each in tools if each.instruction.first_line == line]
            names = [name for name, _ in here if not is_called(name, used)]
            found = _found(project, build, here[0][1], names)
            if found is not None:
                yield found


def _found(project: Project, build: Build, line: Line, names: list[str]) -> Found | None:
    refused = staged(project, build).refused
    if not names:
        return None
    idle = [name for name in names if not compiles(name)]
    edits = _without(build, line, idle)
    advice = f"take {', '.join(idle)} out: nothing calls {'it' if len(idle) == 1 else 'them'}" if idle else ""
    if len(idle) < len(names):
        advice += (
            f"{'; ' if advice else ''}install with compilers and headers in a stage that the image only copies from"
        )
        advice += f" (not made into stages here: {refused})" if refused else ""
    return Found(
        file=build.path,
        start=line.instruction.start,
        end=line.instruction.end,
        message=f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} in the image, and no answer needs "
        f"{'it' if len(names) == 1 else 'them'}",
        advice=advice,
        fix="verify",
        changes=(changed(build.path, edits),) if edits else (),
        saving=of_debian(project, names) or tools_saving(names, (), on_full_image=stands_on_full(project, build)),
    )


def _without(build: Build, line: Line, names: list[str]) -> list[Edit]:
    """The edits that take packages out of an install's list, or the whole RUN when it does nothing else."""
    text = build.dockerfile.text
    everything = {re.split(r"[=/:]", word)[0] for word in package_words(line.runs)}
    plain = line.instruction.first_line not in build.not_understood and not line.instruction.heredocs
    if names and everything <= {*names} and plain and all(_is_for_apt(run) for run in line.runs):
        if readers(build, line):
            return []  # the lists that it fetches are for others too
        return [without(build.dockerfile, line.instruction)]
    edits: list[Edit] = []
    for run in line.runs:
        if "install" not in run.argv or run.command.inside:
            continue
        words = run.command.words
        packages = [
            word for word in words[1:] if word.value and word.value != "install" and not word.value.startswith("-")
        ]
        gone = [word for word in packages if re.split(r"[=/:]", word.value or "")[0] in names]
        if run.command.start == run.command.end:
            continue
        if len(gone) == len(packages):
            whole = command_removed(build.dockerfile, line.instruction, run, line.runs) if gone else None
            edits += [whole] if whole and len(line.runs) > 1 else []
            continue
        for word in gone:
            before = max(each.end for each in words if each.end <= word.start)
            if text[word.start : word.end] == word.text and re.fullmatch(
                r"[ \t]*(\\[ \t]*\r?\n[ \t]*)?", text[before : word.start]
            ):
                edits.append(Edit(start=before, end=word.end, replacement=""))
    return edits


def _is_for_apt(run: RunLine) -> bool:
    """It gets or installs packages, or cleans up behind that."""
    try:
        return part_of(run) in ("apt", "clean") and not {"upgrade", "dist-upgrade"} & {*run.argv}
    except RefusedError:
        return False
