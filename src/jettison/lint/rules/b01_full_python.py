"""The full Python image where slim would do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...dockerfile.installs import install_of
from ...dockerfile.system_installs import system_install
from ...dockerfile.wrappers import program
from ...records import Change, FixClass
from ..asked import asked_for
from ..bases import Base, shipped_base, standing_on
from ..builds import Build, Line
from ..code import code_of
from ..folder_uses import started_scripts
from ..found import Found, inserted, replaced
from ..project import Project
from ..rule import Example
from ..savings import of_bases
from ..staging import takes_tools_out
from ..system_libraries import called_by

CODE = "B01"
NAME = "full-python"
SUMMARY = "the image stands on the full python image, with compilers and headers that a service never uses"
WHY = """\
`python:3.12` is `python:3.12-slim` with a C compiler, version control and some hundred development packages on top:
about 1 GB on disk. The fix names the slim image of the same version and suite.

It changes nothing where the stages on that base install compilers or headers with apt (then those belong in a stage of
their own), call a program that slim lacks (git, curl, gcc), where the service's code or its start script calls one, where
they install the folder itself and that holds sources of C, Cython or Rust, or packages known to need a library of the
full image; the finding then says which. Stages that only others copy from are not looked at: compilers belong there."""
FIX: FixClass = "verify"
ALSO = ()
SOURCES = (
    "docker-library/repo-info: python:3.12 has 1.11 GB on disk, python:3.12-slim 119 MB",
    "Rosa et al., Empirical Software Engineering 2025: the base image is the strategy with the best result for size",
)
EXAMPLES = (
    Example(
        bad={"Dockerfile": 'FROM python:3.12\nRUN pip install flask\nCMD ["python", "app.py"]\n'},
        good={"Dockerfile": 'FROM python:3.12-slim\nRUN pip install flask\nCMD ["python", "app.py"]\n'},
    ),
    Example(
        title="the suite stays, and the stage that compiles keeps its compiler",
        bad={
            "Dockerfile": "FROM python:3.11-bookworm AS builder\nRUN pip wheel --wheel-dir /w numpy\n"
            "FROM python:3.11-bookworm\nCOPY --from=builder /w /w\nRUN pip install /w/*\n"
        },
        good={
            "Dockerfile": "FROM python:3.11-bookworm AS builder\nRUN pip wheel --wheel-dir /w numpy\n"
            "FROM python:3.11-slim-bookworm\nCOPY --from=builder /w /w\nRUN pip install /w/*\n"
        },
    ),
    Example(
        title="a version that an ARG gives",
        bad={"Dockerfile": "ARG PYTHON=3.12\r\nFROM python:${PYTHON}\r\nRUN pip install flask\r\n"},
        good={"Dockerfile": "ARG PYTHON=3.12\r\nFROM python:${PYTHON}-slim\r\nRUN pip install flask\r\n"},
    ),
    Example(
        title="an image that an ARG gives as a whole",
        bad={"Dockerfile": "ARG BASE=python:3.12\nFROM $BASE\nRUN pip install flask\n"},
        good={"Dockerfile": "ARG BASE=python:3.12-slim\nFROM $BASE\nRUN pip install flask\n"},
    ),
)

_FULL = re.compile(
    r"(?P<version>latest|\d+(\.\d+){0,2}((a|b|rc)\d+)?(-rc)?)?-?(?P<suite>trixie|bookworm|bullseye|buster|stretch|jessie)?"
)
_COMPILERS = re.compile(r"build-essential|gcc.*|g\+\+.*|clang.*|make|cmake|ninja-build|git|.*-dev|gfortran|cargo|rustc")
_MISSING_IN_SLIM = (
    *("git", "curl", "wget", "gcc", "g++", "cc", "c++", "make", "unzip", "bzip2", "xz", "patch", "svn", "hg", "ssh"),
    *("scp", "file", "gpg", "ps", "pkill", "top", "free", "convert", "magick", "mysql_config", "pg_config", "autoconf"),
)
_PACKAGES_MISSING_IN_SLIM = ("imagemagick", "build-essential", "openssh-client", "mercurial", "subversion", "procps")
_COMPILED = (".c", ".cc", ".cpp", ".cxx", ".pyx", ".f", ".f90", ".rs")
_NEEDS = {
    "gitpython": "git",
    "lightgbm": "libgomp1",
    "paddlepaddle": "libgomp1",
    "python-magic": "libmagic1",
    "opencv-python": "libglib2.0-0",
    "opencv-contrib-python": "libglib2.0-0",
    "wand": "libmagickwand-6.q16-6",
    "cairosvg": "libcairo2",
    "weasyprint": "libpango-1.0-0 and libpangoft2-1.0-0",
    **dict.fromkeys(("mysqlclient", "psycopg2", "python-ldap", "uwsgi", "dlib", "pycairo", "pygraphviz"), "a compiler"),
    **dict.fromkeys(("annoy", "fasttext", "llama-cpp-python", "pyaudio", "webrtcvad"), "a compiler"),
}
"""Packages whose wheel loads a library, or starts a program, that only the full image has, or that have no wheel."""


def findings(project: Project) -> Iterator[Found]:
    """Every Dockerfile whose image stands on it."""
    for build in project.builds:
        base = shipped_base(project, build)
        match = _FULL.fullmatch(base.tag) if base is not None and base.repository == "python" else None
        if base is None or match is None:
            continue
        slim = slim_tag(match)
        needs = _needs(project, build, base)
        if needs and takes_tools_out(project, build):
            continue  # L10 makes two stages of it, and the final one is slim
        changes = () if needs or base.digest else _changes(build, base, slim)
        advice = f"stand on python:{slim}"
        if needs:
            advice += f", and give it what the build takes from the full image: {', '.join(needs)}; a compiler belongs "
            advice += "in a stage that the image only copies from"
        elif base.digest:
            advice += ", with the digest of that image"
        yield Found(
            file=build.path,
            start=base.start,
            end=base.end,
            message=f"the image stands on {base.reference.partition('@')[0]}, which brings compilers, headers and "
            "version control along",
            advice=advice,
            fix="verify",
            changes=changes,
            saving=of_bases(project, base.reference, f"python:{slim}"),
        )


def slim_tag(match: re.Match[str]) -> str:
    """The tag of the slim image of the same version and suite."""
    version = "" if match["version"] == "latest" else match["version"]
    return "-".join(each for each in (version, "slim", match["suite"]) if each)


def _needs(project: Project, build: Build, base: Base) -> list[str]:
    """What the stages take from the full image, by name, or install themselves to compile."""
    found: dict[str, None] = {}
    lines = standing_on(build, base)
    installed = {name for line in lines if (apt := system_install(line.runs)) for name in apt.packages}
    found.update((name, None) for name in sorted(installed) if _COMPILERS.fullmatch(name))
    for line in lines:
        if line.word == "ONBUILD" or not line.is_understood:
            found[f"what line {line.instruction.first_line} calls"] = None
        for run in line.runs:
            name = program(run.argv)
            if name in _MISSING_IN_SLIM and name not in installed:
                found[name] = None
            if any("git+" in word for word in run.argv) and "git" not in installed:
                found["git"] = None
        if line.word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            words = re.findall(r"[\w+.-]+", line.instruction.body)
            found.update(
                (word, None) for word in words if word in ("curl", "wget", "git", "ps") and word not in installed
            )
    found.update((name, None) for name in sorted(_started(project, build) - installed))
    compiles = any(_COMPILERS.fullmatch(name) for name in installed)
    for name in sorted(asked_for(project, build) & set(_NEEDS)):
        if _NEEDS[name] == "a compiler" and compiles:
            continue
        if not set(_NEEDS[name].split(" and ")) <= installed:
            found[f"{_NEEDS[name]} for {name}"] = None
    if not compiles and (line_number := _builds_own_c(project, build, lines)):
        found[f"a compiler for the project's own sources in line {line_number}"] = None
    texts = (line.body for file in project.installed_files for line in file.lines)
    if any("git+" in text for text in texts) and "git" not in installed:
        found["git"] = None
    return list(found)


def _started(project: Project, build: Build) -> set[str]:
    """Programs of the full image that the service's code or its scripts start while it runs."""
    of_code = called_by(code_of(project, build)) & {*_MISSING_IN_SLIM, *_PACKAGES_MISSING_IN_SLIM}
    words = {word for text in started_scripts(project, build) for word in re.findall(r"[\w+.-]+", text)}
    return {*of_code, *(words & {"curl", "wget", "git", "unzip", "gcc", "ssh", "convert"})}


def _builds_own_c(project: Project, build: Build, lines: Sequence[Line]) -> int:
    """The line that installs the folder itself, where that holds sources of C, C++, Cython, Fortran or Rust; else 0."""
    for line in lines:
        for run in line.runs:
            install = install_of(run)
            words = install.words if install else ()
            if any(word in (".", "./", "setup.py") or re.match(r"\./?\[|file:|/", word) for word in words) or (
                install is not None and install.kind == "project"
            ):
                below = f"{build.context}/" if build.context else ""
                if any(path.startswith(below) and path.endswith(_COMPILED) for path in project.paths):
                    return run.line
    return 0


def _changes(build: Build, base: Base, slim: str) -> tuple[Change, ...]:
    if not base.has_variables:
        prefix = base.written.removesuffix(f":{base.tag}") if base.tag else base.written
        return (replaced(build.path, base.start, base.end, f"{prefix}:{slim}"),)
    # `python:${VERSION}` where the variable is a bare version, and nothing stands behind it.
    if re.fullmatch(r"[^$:]*:\$(\w+|\{\w+\})", base.written) and re.fullmatch(r"\d+(\.\d+)*", base.tag):
        return (inserted(build.path, base.end, "-slim"),)
    whole = re.fullmatch(r"\$\{?(\w+)\}?", base.written)
    if whole is None:
        return ()
    text = build.dockerfile.text
    uses = len(re.findall(rf"\$\{{?{whole[1]}\b", text))
    for instruction in build.dockerfile.instructions:
        if instruction.word == "FROM":
            break
        # Its default, when this FROM alone takes it.
        if instruction.word == "ARG" and instruction.arguments == (f"{whole[1]}={base.reference}",) and uses == 1:
            end = instruction.source_at(instruction.body_at + len(instruction.body) - 1) + 1
            start = end - len(base.reference)
            if text[start:end] == base.reference:
                prefix = base.reference.removesuffix(f":{base.tag}") if base.tag else base.reference
                return (replaced(build.path, start, end, f"{prefix}:{slim}"),)
    return ()
