"""Everything that a project says it needs, whatever file says so."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ..records import Edit
from .declarations import of_conda, of_requirements
from .dependencies import Asked, Dependency, is_dev, name_place
from .lock_files import LOCKS
from .removals import command_removed, word_removed
from .toml_declarations import ProjectFile

if TYPE_CHECKING:
    from .builds import Build, InstallLine
    from .project import Project

VALUED_OPTIONS = frozenset(
    {
        *("-r", "--requirement", "--requirements", "-c", "--constraint", "--constraints", "--override", "--overrides"),
        *("-e", "--editable", "-i", "--index-url", "--default-index", "--extra-index-url", "--index", "--pypi-url"),
        *("-f", "--find-links", "--no-binary", "--only-binary", "--torch-backend", "--index-strategy", "--prerelease"),
        *("--resolution", "--exclude-newer", "--trusted-host", "--timeout", "--default-timeout", "--retries"),
        *("--progress-bar", "--cache-dir", "--proxy", "--cert", "--client-cert", "--upgrade-strategy", "--src"),
        *("--root-user-action", "--log", "--exists-action", "--report", "--use-feature", "--use-deprecated"),
        *("--global-option", "--config-settings", "-C", "--python", "-p", "--python-version", "--implementation"),
        *("--abi", "--platform", "--python-platform", "--target", "-t", "--prefix", "--root", "--build", "-b"),
        *("--link-mode", "--keyring-provider", "--allow-insecure-host", "--upgrade-package", "-P", "--wheel-dir", "-w"),
        *("--dest", "-d", "--extra", "--group", "--source", "--install-option", "--build-option"),
    }
)
"""Of pip and ``uv pip``: the word behind one of them is its value."""

_CONDA_FILES = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
_CONDA_NAME = re.compile(r"^(?:[\w./-]+::)?([A-Za-z0-9][\w.-]*)")


def declared(project: Project) -> tuple[Dependency, ...]:
    """Every dependency of a project, by file and place."""
    asked = asked_of(project)
    found: list[Dependency] = []
    for file in project.requirement_files:
        if "constraint" not in file.path.lower() and file.path not in project.constraints:
            ships = file.path in asked if project.builds else not is_dev(file.path)
            found += of_requirements(file, ships=ships, lock=_compiled_from(project, file.path))
    for path in sorted(project.paths):
        name = posixpath.basename(path)
        if not project.builds and path in ("pyproject.toml", "Pipfile", *_CONDA_FILES):
            asked[path] = Asked()
        text = project.text(path) if path in asked or name in ("pyproject.toml", "Pipfile") else None
        if text is None or project.is_foreign(path):
            continue
        made = ProjectFile(path=path, text=text, asked=asked.get(path), lock=lock_beside(project, path))
        if name == "pyproject.toml":
            found += made.of_pyproject()
        elif name == "Pipfile":
            found += made.of_pipfile()
        elif name.endswith((".yml", ".yaml")):
            found += of_conda(path, text, ships=True)
    for build in project.builds:
        for each in build.installs:
            found += _of_command(build, each)
    return tuple(sorted(found, key=lambda each: (each.file, each.start)))


def asked_of(project: Project) -> dict[str, Asked]:
    """The files that decide what an image gets, and what is asked of them; by path."""
    from .builds import files_named  # that module holds what this one works out

    found: dict[str, Asked] = {}
    by_path = {file.path: file for file in project.requirement_files}
    for build in project.builds:
        for each in build.installs:
            if each.line.stage not in build.reached or is_dev(build.path):
                continue
            waiting = [build.below(path) for path in files_named(build, each, constraints=False)]
            while waiting:
                path = waiting.pop()
                if path not in found:
                    found[path] = Asked()
                    waiting += by_path[path].files_of("-r") if path in by_path else ()
            for path in project_files(build, each):
                asked = found.setdefault(path, Asked())
                asked.dev = asked.dev or each.install.dev
                asked.groups.update(each.install.groups)
                asked.extras.update(each.install.extras, _extras_of_itself(each))
    return found


def project_files(build: Build, each: InstallLine) -> tuple[str, ...]:
    """Project files (pyproject.toml, Pipfile, a conda environment) that an install reads, relative to the project."""
    from .builds import brought

    names = _files_of(each)
    return tuple(build.below(next(iter(brought(build, each, name)), posixpath.basename(name))) for name in names)


def lock_beside(project: Project, path: str) -> str:
    """The lock in the folder of a project file, or in one above it (a workspace has a single one)."""
    folder = posixpath.dirname(path)
    while True:
        for name in LOCKS:
            if (found := posixpath.join(folder, name)) in project.paths:
                return found
        if not folder:
            return ""
        folder = posixpath.dirname(folder)


def _compiled_from(project: Project, path: str) -> str:
    """The compiled file that a ``.in`` file is the source of."""
    compiled = path.removesuffix(".in") + ".txt"
    return compiled if path.endswith(".in") and compiled in project.paths else ""


def _files_of(each: InstallLine) -> tuple[str, ...]:
    """Project files that an install reads, as the image's folder names them."""
    install = each.install
    if install.kind == "project":
        return ("pyproject.toml",)
    if install.kind == "pipfile":
        return ("Pipfile",)
    if install.kind == "environment":
        return install.words
    if install.kind not in ("requirements", "wheels"):
        return ()
    folders = (re.match(r"(\.{1,2}(?:/[^\[\s]*)?|/[^\[\s]*)(\[[^\]]*\])?$", word) for word in install.words)
    return tuple(posixpath.join(found[1], "pyproject.toml") for found in folders if found)


def _extras_of_itself(each: InstallLine) -> set[str]:
    """``pip install .[serve]``"""
    found = (re.match(r"(?:\.|/)[^\[]*\[([^\]]*)\]$", word) for word in each.install.words)
    return {name.strip() for match in found if match for name in match[1].split(",")}


def _of_command(build: Build, each: InstallLine) -> Iterator[Dependency]:
    """What the words of a command ask for."""
    install, text = each.install, build.dockerfile.text
    if install.kind not in ("requirements", "wheels", "conda"):
        return
    words = each.run.command.words
    values = [word.fields(each.run.variables) for word in words]
    behind = _behind_verb(values, install.words) if install.kind != "conda" else 0
    named: list[tuple[int, str]] = []
    for at in range(behind, len(words)):
        value = " ".join(values[at] or ())
        taken = at and " ".join(values[at - 1] or ()) in VALUED_OPTIONS
        if value in install.words and not value.startswith("-") and not taken:
            named.append((at, value))
    files = any(re.match(r"-(r|e|-requirements?|-editable)", word) for word in install.words)
    pairs = zip(("", *install.words), install.words, strict=False)
    paths = any(re.match(r"[./]", word) and before not in VALUED_OPTIONS for before, word in pairs)
    is_only = len(named) == 1 and not files and not paths
    for at, value in named:
        word = words[at]
        placed = at > 0 and text[word.start : word.end] == word.text
        found = _requirement(value, is_conda=install.kind == "conda" or install.tool == "conda")
        if found is None:
            continue
        name, extras, specifier, marker, url = found
        yield Dependency(
            file=build.path,
            start=word.start if placed else each.line.instruction.start,
            end=word.end if placed else each.line.instruction.end,
            name=canonicalize_name(name),
            extras=extras,
            specifier=specifier,
            marker=marker,
            url=url,
            form="conda" if install.kind == "conda" else "command",
            ships=each.line.stage in build.reached and not is_dev(build.path),
            name_at=name_place(text, word.start, word.end, name) if placed else None,
            removal=_word_removal(build, each, at, alone=is_only) if placed else None,
        )


def _word_removal(build: Build, each: InstallLine, at: int, *, alone: bool) -> Edit | None:
    """The edit that takes a word out of an install, or the install when it asks for nothing else."""
    words = each.run.command.words
    if alone:
        return command_removed(build.dockerfile, each.line.instruction, each.run, each.line.runs)
    return word_removed(build.dockerfile.text, words[at - 1], words[at])


def _behind_verb(values: list[tuple[str, ...] | None], tail: tuple[str, ...]) -> int:
    """How many words stand before those that the verb takes."""
    return max(len(values) - len(tail), 0) if all(each is None or len(each) == 1 for each in values) else 0


def _requirement(value: str, *, is_conda: bool) -> tuple[str, tuple[str, ...], str, str, str] | None:
    """Name, extras, specifier, marker and address of a word; None for a file, a folder and what is not understood."""
    if is_conda:
        match = _CONDA_NAME.match(value)
        return (match[1], (), value[match.end() :].strip("= "), "", "") if match else None
    if "/" in value.split("@", maxsplit=1)[0] or value.endswith((".whl", ".tar.gz", ".zip")):
        return None
    try:
        found = Requirement(value)
    except InvalidRequirement:
        return None
    marker = str(found.marker) if found.marker else ""
    return found.name, tuple(sorted(found.extras)), str(found.specifier), marker, found.url or ""
