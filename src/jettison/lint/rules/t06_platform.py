"""An image, or a wheel, for another kind of machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...records import Change, FixClass
from ..bases import bases
from ..builds import Build
from ..found import Found, replaced
from ..platforms import platforms
from ..project import Project
from ..rule import Example

CODE = "T06"
NAME = "platform"
SUMMARY = "the image, or a wheel in it, is for another kind of machine than the one it shall run on"
WHY = """\
`FROM --platform=$BUILDPLATFORM` on the last stage makes an image for the machine that builds it, whatever was asked for;
a fixed `linux/arm64` does not start on a platform of amd64 machines. The fix takes the flag out of the last stage, so
that `docker build --platform` decides. A stage that only others copy from may be built on any machine, as long as what
is copied is not compiled.

A wheel that is named by its file says in its name for which Python and which system it is; one for macOS, Windows, or
another version of Python than the base image has, cannot be installed."""
FIX: FixClass = "verify"
ALSO = ("FromPlatformFlagConstDisallowed", "DL3029")
SOURCES = (
    "BuildKit, build check FromPlatformFlagConstDisallowed",
    "aspect-build/rules_py, issue 523: libraries of the building machine in the image",
    "packaging.python.org, platform compatibility tags",
)
EXAMPLES = (
    Example(
        bad={
            "Dockerfile": "FROM --platform=$BUILDPLATFORM node:22 AS web\nRUN npm run build\n"
            "FROM --platform=$BUILDPLATFORM python:3.12-slim\nCOPY --from=web /dist /dist\n"
        },
        good={
            "Dockerfile": "FROM --platform=$BUILDPLATFORM node:22 AS web\nRUN npm run build\n"
            "FROM python:3.12-slim\nCOPY --from=web /dist /dist\n"
        },
    ),
    Example(
        title="Apple's processor is not Azure's",
        targets=("cpu", "azure-app-service"),
        bad={"Dockerfile": "FROM --platform=linux/arm64 python:3.12-slim\nCOPY . .\n"},
        good={"Dockerfile": "FROM --platform=linux/amd64 python:3.12-slim\nCOPY . .\n"},
        fixed={"Dockerfile": "FROM python:3.12-slim\nCOPY . .\n"},
    ),
    Example(
        title="wheels",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "https://example.com/torch-2.4.0-cp311-cp311-manylinux_2_17_x86_64.whl\n",
        },
        good={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "https://example.com/torch-2.4.0-cp312-cp312-manylinux_2_17_x86_64.whl\n"
            "https://example.com/x-1.0-cp38-abi3-manylinux_2_17_x86_64.whl\n"
            "foo @ https://example.com/foo-1.0-cp312-cp312-win_amd64.whl ; sys_platform == 'win32'\n",
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            "requirements.txt": "https://example.com/torch-2.4.0-cp311-cp311-manylinux_2_17_x86_64.whl\n",
        },
    ),
)

# From the start of a name alone: a long line would take its length squared otherwise.
_WHEEL = re.compile(r"(?<![\w.+%-])[\w.+%-]+?-(?P<python>(?:cp|py|pp)[\w.]+)-(?P<abi>[\w.]+)-(?P<platform>[\w.]+)\.whl")
_FOREIGN = {"macosx": "macOS", "win": "Windows", "ios": "iOS", "android": "Android"}


def findings(project: Project) -> Iterator[Found]:
    """Every FROM of a stage that ships, and every wheel that is named by its file."""
    wanted = [each for each in platforms(project) if each.architectures]
    for build in project.builds:
        for stage in build.stages:
            flag = stage.opened.flag("platform")
            if not flag or stage.index not in build.shipped:
                continue
            message = ""
            if re.search(r"BUILD(PLATFORM|ARCH)", flag):
                message = "the image is made for the machine that builds it, not for the one that is asked for"
            elif found := re.fullmatch(r"linux/(\w+)(/v\d)?", flag):
                refused = next((each for each in wanted if found[1] not in each.architectures), None)
                if refused is not None:
                    message = f"the image is made for {found[1]}, and {refused.title} runs {' and '.join(refused.architectures)}"
            if message:
                yield Found(
                    file=build.path,
                    start=stage.opened.start,
                    end=stage.opened.end,
                    message=message,
                    advice="leave --platform out, and say it to the build",
                    fix="verify",
                    changes=_without_flag(build, stage.index),
                )
        yield from _of_wheels(project, build)


def _without_flag(build: Build, index: int) -> tuple[Change, ...]:
    opened = build.stages[index].opened
    flag = next(each for each in opened.flags if each.name == "platform")
    start, last = opened.source_at(flag.start), opened.source_at(flag.end - 1) + 1
    text = build.dockerfile.text
    end = last + len(text[last:]) - len(text[last:].lstrip(" \t"))
    return (replaced(build.path, start, end, ""),) if text[start:last].startswith("--platform") else ()


def _of_wheels(project: Project, build: Build) -> Iterator[Found]:
    versions = {base.python for base in bases(project, build) if base.python}
    version = versions.pop() if len(versions) == 1 else ""  # in one of several stages it may well fit
    for file in project.installed_files:
        for line in file.lines:
            found = _WHEEL.search(line.body)
            if found is None or line.body[found.end() :].lstrip().startswith(";") or " ; " in line.body:
                continue
            yield from (
                Found(
                    file=file.path,
                    start=line.start,
                    end=line.end,
                    message=f"{found[0]} is a wheel {reason}",
                    advice="name the wheel for Linux and the Python of the base image, or let pip choose it",
                )
                for reason in _refusals(found, version)
            )


def _refusals(wheel: re.Match[str], version: str) -> Iterator[str]:
    """Why it cannot be installed on Linux with that version of Python."""
    tags = wheel["platform"].split(".")
    foreign = [name for start, name in _FOREIGN.items() for tag in tags if tag.startswith(start)]
    if len(foreign) == len(tags) and tags != ["any"]:
        yield f"for {foreign[0]}"
        return
    exact = re.fullmatch(r"cp(\d)(\d+)", wheel["python"])
    if version and exact and wheel["abi"] not in ("abi3", "none") and f"{exact[1]}.{exact[2]}" != version:
        yield f"for Python {exact[1]}.{exact[2]}, and the image has {version}"
