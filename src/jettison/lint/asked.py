"""Python distributions that a Dockerfile asks for by name: in its commands, and in the files that they name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from .builds import Build, InstallLine, files_named
from .project import Project
from .toml_places import table_at

_WITH_VALUE = re.compile(
    r"-[rctibef]|--(requirement|constraint|index-url|extra-index-url|find-links|target|prefix|root|index|python|platform"
    r"|torch-backend|trusted-host|python-version|implementation|abi|only-binary|no-binary|upgrade-package|proxy|timeout"
    r"|retries|cache-dir|progress-bar|link-mode|editable)"
)

_CONDA_WORD = re.compile(r"\s*-\s+[\"']?(?:[\w-]+::)?([A-Za-z][\w.-]*)\s*(?:[=<>!~\[\s\"'#].*)?$")


def asked_for(project: Project, build: Build) -> frozenset[str]:
    """Canonical names of what the stages install; what these need in turn is not among them."""
    key = ("asked for", build.path)
    if key not in project.worked_out:
        names = (name for each in build.installs for name in asked_by(project, build, each))
        project.worked_out[key] = frozenset(names)
    found: frozenset[str] = project.worked_out[key]
    return found


def asked_by(project: Project, build: Build, each: InstallLine) -> frozenset[str]:
    """Canonical names of what one command installs."""
    install = each.install
    if install.kind == "project":
        return frozenset(_of_project(project.toml(build.below("pyproject.toml")) or {}))
    if install.kind == "pipfile":
        return frozenset(map(canonicalize_name, table_at(project.toml(build.below("Pipfile")), "packages")))
    if install.kind == "environment":
        return frozenset(name for word in install.words for name in _of_environment(project, build.below(word)))
    return frozenset((*_named(install.words), *_of_files(project, build, files_named(build, each))))


def _of_files(project: Project, build: Build, files: Iterable[str]) -> Iterator[str]:
    by_path = {file.path: file for file in project.requirement_files}
    waiting = [build.below(file) for file in files]
    done: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in done or path not in by_path:
            continue
        done.add(path)
        yield from (line.name for line in by_path[path].lines if line.name)
        below = posixpath.dirname(path)
        waiting += [posixpath.normpath(posixpath.join(below, line.value)) for line in by_path[path].options("-r")]


def _named(words: tuple[str, ...]) -> Iterator[str]:
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.startswith("-"):
            at += bool(_WITH_VALUE.fullmatch(word))
            continue
        try:
            yield canonicalize_name(
                Requirement(word.replace("=", "==") if re.fullmatch(r"[\w.-]+=[\w.]+", word) else word).name
            )
        except InvalidRequirement:
            continue


def _of_project(found: dict[str, Any]) -> Iterator[str]:
    listed = table_at(found, "project").get("dependencies")
    for word in listed if isinstance(listed, list) else ():
        yield from _named((str(word),))
    yield from (
        canonicalize_name(name) for name in table_at(found, "tool", "poetry", "dependencies") if name != "python"
    )


def conda_words(text: str) -> tuple[str, ...]:
    """Canonical names of what conda itself installs out of an environment file."""
    return tuple(name for name, by_pip in _environment(text) if not by_pip)


def _of_environment(project: Project, path: str) -> Iterator[str]:
    """Of a conda environment file: its own packages, and those of its list for pip."""
    yield from (name for name, _ in _environment(project.text(path) or ""))


def _environment(text: str) -> Iterator[tuple[str, bool]]:
    section, pip_at = "", -1
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if opens := re.match(r"(\w+):", line):
            section = opens[1]
        elif section == "dependencies" and re.match(r"\s*-\s+pip:\s*$", line):
            pip_at = indent
        elif section == "dependencies" and (found := _CONDA_WORD.match(line)):
            pip_at = pip_at if indent > pip_at else -1
            yield canonicalize_name(found[1]), pip_at >= 0
