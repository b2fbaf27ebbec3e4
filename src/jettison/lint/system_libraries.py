"""What Python distributions need of Debian, and which of Debian's packages only a build needs."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from packaging.version import InvalidVersion, Version

from ..dockerfile.runs import RunLine
from ..dockerfile.shell import SHELLS
from ..dockerfile.wrappers import program
from ..records import Saving
from .asked import asked_for
from .builds import Build, Line
from .code import Code, code_of
from .project import Project
from .savings import debian_names

_VERSION_BY_GIT = frozenset(
    (
        *("poetry-dynamic-versioning", "uv-dynamic-versioning", "hatch-vcs", "setuptools-scm", "setuptools_scm"),
        *("setuptools-git-versioning", "versioneer", "versioningit", "dunamai", "pbr"),
    )
)
"""A project is built with one of these, which asks git for its version."""
_LARGEST_MANIFEST_BYTES = 200_000
_STARTS = re.compile(r"^\s*-?\s*(healthcheck|command|entrypoint|exec|args):", re.MULTILINE)
_COMPILERS = frozenset(("gcc", "g++", "clang", "build-essential"))


def is_tool(package: str) -> bool:
    """A build needs it, or a person at a shell; an answer does not."""
    return package in _tools() or package.endswith("-dev") or bool(re.fullmatch(r"(gcc|g\+\+|clang|llvm)-\d+", package))


def compiles(package: str) -> bool:
    """A compiler, a build system or headers: more than a program that one command line calls."""
    return package in _data()["tools"]["compile"].split() or package.endswith("-dev")


def runtime_of(package: str) -> str | None:
    """The library that stays when a package with headers goes; empty for none, None when it is not known which."""
    if not package.endswith("-dev"):
        return ""
    found: str | None = _data()["runtime"].get(package)
    return found


def package_of_program(name: str) -> str:
    """The package with a command that slim images lack; empty for any other command."""
    return str(_data()["programs"].get(name, ""))


@cache
def programs_of() -> Mapping[str, frozenset[str]]:
    """Commands that slim images lack, by package."""
    found: dict[str, set[str]] = {}
    for name, package in _data()["programs"].items():
        found.setdefault(package, set()).add(name)
    return {package: frozenset(names) for package, names in found.items()}


@cache
def leaves_home(kind: Literal["modules", "programs"]) -> frozenset[str]:
    """Programs, and modules behind ``python -m``, that put nothing into the home which a service reads later."""
    return frozenset(_data()["leaves_home"][kind].split())


def compiled(project: Project, build: Build) -> tuple[str, ...]:
    """Installed distributions that have no wheel, so that installing them takes a compiler."""
    return tuple(sorted(asked_for(project, build) & {*_data()["compiled"]["names"].split()}))


def needed_libraries(project: Project, build: Build) -> Mapping[str, str]:
    """Packages that the installed distributions need on a slim image, each with the distribution that needs it."""
    return dict(_needed(project, asked_for(project, build)))


def _needed(project: Project, distributions: Iterable[str]) -> Iterator[tuple[str, str]]:
    data = _data()
    for name in sorted(distributions):
        through = data["through"].get(name, name)
        for package in data["distributions"].get(through, "").split():
            yield package, name
        old = data["old"].get(name)
        if old and _pinned_below(project, name, old["below"]):
            yield old["needs"], name


def _pinned_below(project: Project, name: str, version: str) -> bool:
    for file in project.installed_files:
        for line in file.named(name):
            try:
                if line.pinned and Version(line.pinned) < Version(version):
                    return True
            except InvalidVersion:
                continue
    return False


def called_by(code: Code) -> frozenset[str]:
    """Packages with programs that the service's code starts, or needs to compile while it runs."""
    found: set[str] = set()
    for file in code.files:
        found.update(package for mark, package in _data()["compilers"].items() if mark in file.text)
        if any(word in file.text for word in ("subprocess", "os.system", "popen", "shutil.which")):
            for text in file.texts:
                first = text.split(maxsplit=1)[:1]
                found.update(package for word in first if (package := package_of_program(word)))
    if "git" in code.modules:
        found.add("git")
    return frozenset(found)


def is_called(package: str, called: Collection[str]) -> bool:
    """It is one of these, or brings a compiler along that is: whoever calls one means whichever is there."""
    return package in called or (package in _COMPILERS and not _COMPILERS.isdisjoint(called))


def called_in(project: Project, build: Build) -> frozenset[str]:
    """Packages whose programs the Dockerfile, a script, a requirement, or a check in a manifest asks for."""
    texts = [line.body for file in project.installed_files for line in file.lines]
    texts += _manifests(project)
    texts.append(project.text(build.below("pyproject.toml")) or "")
    for line in build.lines:
        if line.word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            texts.append(line.instruction.body)
        for run in line.runs:
            if program(run.argv) not in ("apt-get", "apt", "aptitude"):
                texts.append(" ".join(run.argv))
        if line.word == "RUN" and line.instruction.first_line in build.not_understood:
            return frozenset(programs_of())  # it may call any of them
        if any(_is_unread(project, build, line, run) for run in line.runs):
            return frozenset(programs_of())
        texts += [heredoc.content for heredoc in line.instruction.heredocs]
    words = {word for text in texts for word in re.findall(r"[\w+.-]+", text)} | code_of(project, build).said
    words |= {"git" for word in words if word.startswith("git+") or word in _VERSION_BY_GIT}
    called = {package for package, programs in programs_of().items() if programs & words}
    return frozenset(called | {word for word in words if is_tool(word)})


def _manifests(project: Project) -> Iterator[str]:
    """Compose files and Kubernetes manifests that start something in the container."""
    for path, size in project.paths.items():
        if path.endswith((".yml", ".yaml")) and size <= _LARGEST_MANIFEST_BYTES and not project.is_foreign(path):
            text = project.text(path) or ""
            if _STARTS.search(text):
                yield text


def _is_unread(project: Project, build: Build, line: Line, run: RunLine) -> bool:
    """It runs a shell script that no file of the folder is."""
    words = run.argv[1:2] if program(run.argv) in SHELLS else run.argv[:1]
    script = next((word for word in words if word.endswith((".sh", ".bash"))), "")
    if not script:
        return False
    target = posixpath.normpath(posixpath.join(run.directory, script))
    landing = build.landings_of(line.stage).before(line.instruction.first_line).get(target)
    return landing is None or (landing.text is None and project.text(build.below(landing.source)) is None)


def called_by_manifests(project: Project) -> frozenset[str]:
    """Packages whose programs a compose file or a manifest starts in the container, for a health check above all."""
    words = {word for text in _manifests(project) for word in re.findall(r"[\w+.-]+", text)}
    return frozenset(package for package, programs in programs_of().items() if programs & words)


def tools_saving(packages: Iterable[str], kept: Iterable[str], *, on_full_image: bool) -> Saving | None:
    """What tools bring on top of a Python image, less what the packages that stay need too; None when unknown.

    :param on_full_image: the base is the full Python image, which has most of them anyway
    """
    weights = _weights()
    there = set(_data()["tools"]["on_full_image"].split()) if on_full_image else set()
    left: set[str] = set()
    for package in packages:
        if package not in there and not (on_full_image and package.endswith("-dev")):
            left.update(weights["brings"].get(package, "").split())
    for package in kept:
        left.difference_update(weights["brings"].get(package, package).split())
    if not left:
        return None
    size = sum(weights["sizes"].get(name, 0) for name in left)
    return Saving(
        size_bytes=size,
        known="table",
        source=f"{weights['source']} ({weights['date']})",
        about=debian_names(left),
    )


@cache
def _tools() -> frozenset[str]:
    tools = _data()["tools"]
    return frozenset(" ".join(tools[kind] for kind in ("compile", "fetch", "look")).split())


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("system_libraries.toml").read_text("utf-8"))


@cache
def _weights() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("system_tools.toml").read_text("utf-8"))
