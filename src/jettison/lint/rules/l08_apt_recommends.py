"""apt brings recommended packages along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ...dockerfile.runs import RunLine
from ...dockerfile.system_installs import packages_of, takes_recommends
from ...dockerfile.wrappers import program
from ...oci.base_images import base_image
from ...records import Edit, FixClass, Saving
from ..apt_words import packages_named
from ..builds import Build, Line
from ..found import Found, changed
from ..options import option_behind
from ..project import Project
from ..rule import Example
from ..savings import of_line, of_recommends
from ..system_libraries import compiled

CODE = "L08"
NAME = "apt-recommends"
SUMMARY = "apt-get install brings recommended packages along that nobody asked for"
WHY = """\
apt installs what a package recommends as if it were required: `python3-pip` brings a whole compiler, `cmake` and `git`
their documentation and more. `--no-install-recommends` installs what was asked for and what that needs.

A recommended package may be the one that a service uses, so build and compare after this fix; what is missing then is to
be named in the install. Beside `gcc` alone the fix names `libc6-dev`, without which nothing compiles; where a later step
compiles with what `cmake` or `python3-pip` recommend, it is left to you. It says nothing where apt's configuration turns recommendations off, where they are asked for
(`--install-recommends`), and in a stage that only others copy from."""
FIX: FixClass = "verify"
ALSO = ("DL3015",)
SOURCES = ("hadolint, rule DL3015", "tensorflow/tensorflow, pull request 59682: 2.07 GB became 1.76 GB with L07")
_COMPILER = re.compile(r"(gcc|clang)(-\d+)?")
_HAS_HEADERS = re.compile(r"build-essential|g\+\+(-\d+)?|libc6?-dev|gfortran|.*-dev")
EXAMPLES = (
    Example(
        bad={"Dockerfile": "FROM debian:12\nRUN apt-get update && apt-get -y install python3-pip\n"},
        good={
            "Dockerfile": "FROM debian:12\n"
            "RUN apt-get update && apt-get -y install --no-install-recommends python3-pip\n"
        },
    ),
    Example(
        title="continuations and a comment between them; other spellings of the same",
        bad={
            "Dockerfile": "FROM python:3.12-slim\nRUN apt update && \\\n    sudo apt install \\\n# for the pictures\n"
            "    libgl1 \\\n    ffmpeg\nRUN aptitude install -y git\n"
        },
        good={
            "Dockerfile": 'FROM debian:12\nRUN apt-get -o APT::Install-Recommends="false" install -y git\n'
            "RUN apt-get install -y --install-recommends cmake && apt-get install -f && apt-get upgrade\n"
            "RUN echo 'APT::Install-Recommends \"0\";' > /etc/apt/apt.conf.d/99-lean && apt-get install -y git\n"
            "RUN apt-get install -y curl\n"
        },
        fixed={
            "Dockerfile": "FROM python:3.12-slim\nRUN apt update && \\\n    sudo apt install --no-install-recommends \\\n"
            "# for the pictures\n    libgl1 \\\n    ffmpeg\nRUN aptitude install --without-recommends -y git\n"
        },
    ),
    Example(
        title="JSON form, and a heredoc; what does not ship may take what it likes",
        bad={
            "Dockerfile": 'FROM debian:12\nRUN ["apt-get", "install", "-y", "curl"]\n'
            "RUN <<EOF\napt-get update\napt-get install -y git\nEOF\n"
        },
        good={
            "Dockerfile": "FROM debian:12 AS build\nRUN apt-get install -y git\n"
            "FROM debian:12\nCOPY --from=build /a /a\n"
        },
        fixed={
            "Dockerfile": 'FROM debian:12\nRUN ["apt-get", "install", "--no-install-recommends", "-y", "curl"]\n'
            "RUN <<EOF\napt-get update\napt-get install --no-install-recommends -y git\nEOF\n"
        },
    ),
)


def findings(project: Project) -> Iterator[Found]:
    """Every apt install of a stage that ships."""
    for build in project.builds:
        off_from = _off_from(build)
        for line in (*build.lines, *build.held_back):
            if not line.ships or line.instruction.first_line >= off_from:
                continue
            for run in line.runs:
                if takes_recommends(run):
                    option = "--without-recommends" if "aptitude" in run.argv[0] else "--no-install-recommends"
                    edit = option_behind(build, line, run, "install", option)
                    missing = _missing(project, build, line, packages_of(run))
                    headers = _headers(build, line)
                    whole = line.instruction.is_json
                    yield Found(
                        file=build.path,
                        start=line.instruction.start if whole else run.command.start,
                        end=line.instruction.end if whole else run.command.end,
                        message="apt installs what the packages recommend, too",
                        advice=f"add {option}, and name what is missing then{missing}",
                        fix="verify",
                        changes=(changed(build.path, [edit, *headers]),) if edit and not missing else (),
                        saving=_saving(project, build, line, packages_of(run), with_headers=bool(headers)),
                    )


def _headers(build: Build, line: Line) -> list[Edit]:
    """The C library's headers behind a compiler that only recommends them; the full image has them."""
    base = base_image(build.base)
    named = [(name, word) for name, _, word in packages_named(line)]
    if (base is not None and base.has_compilers) or any(_HAS_HEADERS.fullmatch(name) for name, _ in named):
        return []
    compiler = next((word for name, word in named if _COMPILER.fullmatch(name)), None)
    return [Edit(start=compiler.end, end=compiler.end, replacement=" libc6-dev")] if compiler else []


def _missing(project: Project, build: Build, line: Line, packages: tuple[str, ...]) -> str:
    """What a later step may use of the recommended packages, in a clause; empty when nothing is known to."""
    names = {*packages, *(name for name, _, _ in packages_named(line))}
    if "software-properties-common" in names:
        return "; add-apt-repository may want gpg-agent"
    if not any(_compiles(run) for each in build.lines for run in each.runs) and not compiled(project, build):
        return ""
    if "python3-pip" in names and not names & {"python3-dev", "python3-all-dev"}:
        return "; something is compiled later, which may need python3-dev and build-essential"
    if "cmake" in names and not names & {"make", "ninja-build", "build-essential"}:
        return "; something is built with cmake later, which needs make or ninja-build"
    return ""


def _compiles(run: RunLine) -> bool:
    return program(run.argv) in ("cmake", "make", "gcc", "g++", "cc", "ninja") or any(
        word == "setup.py" or word.endswith("/setup.py") for word in run.argv
    )


def _saving(
    project: Project, build: Build, line: Line, packages: tuple[str, ...], *, with_headers: bool
) -> Saving | None:
    weighed = of_line(project, line, "apt-recommends")
    if weighed is not None:
        headers = of_line(project, line, "apt-headers") if with_headers else None
        return replace(weighed, size_bytes=weighed.size_bytes - headers.size_bytes) if headers else weighed
    if with_headers:  # what is left of gcc's recommendations is what g++ has, which needs the headers
        packages = tuple("g++" if name == "gcc" else name for name in packages)
    base = base_image(build.base)
    has_all = base is not None and base.has_compilers  # a full image has most of it already
    return None if has_all else of_recommends(packages)


def _off_from(build: Build) -> float:
    """The first line from which on apt's configuration leaves recommendations out."""
    for line in build.lines:
        instruction = line.instruction
        texts = (instruction.body, *(heredoc.content for heredoc in instruction.heredocs))
        configures = any("Install-Recommends" in text and "apt.conf" in text for text in texts)
        copies = line.word in ("COPY", "ADD") and "/etc/apt/apt.conf" in instruction.body
        if configures or copies:
            return instruction.first_line
    return float("inf")
