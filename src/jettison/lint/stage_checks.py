"""What decides whether a Dockerfile becomes two stages: its tools, its base, what calls them; else it is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..dockerfile.runs import RunLine
from ..dockerfile.system_installs import system_install
from ..dockerfile.wrappers import program
from .bases import Base, shipped_base
from .builds import Build, Line
from .code import code_of
from .project import Project
from .run_parts import Part, RefusedError, is_removal
from .starts import scripts_started
from .system_libraries import called_by, called_by_manifests, compiles, is_tool, package_of_program

_FULL = re.compile(r"(?P<version>latest|\d+(\.\d+){0,2})?(?:-?(?P<suite>trixie|bookworm|bullseye|buster))?")
_SLIM = re.compile(r"(\d+(\.\d+){0,2}-)?slim(-(trixie|bookworm|bullseye|buster))?")
_BY_COMPILER = re.compile(
    r"scikit[-_]build|mesonpy|meson-python|maturin|pybind11|ext_modules|setuptools[-_]rust|CMakeExtension"
)
_NO_MATTER_TO_PIP = (
    "useradd",
    "adduser",
    "groupadd",
    "addgroup",
    "usermod",
    "mkdir",
    "chown",
    "chmod",
    "python",
    "echo",
)


def tools_in(project: Project, build: Build) -> tuple[tuple[str, Line], ...]:
    """Packages that only a build needs and that stay in the image, each with the RUN that installs it."""
    key = ("tools", build.path)
    if key not in project.worked_out:
        project.worked_out[key] = _tools_in(build)
    found: tuple[tuple[str, Line], ...] = project.worked_out[key]
    return found


def _tools_in(build: Build) -> tuple[tuple[str, Line], ...]:
    found: list[tuple[str, Line]] = []
    for line in build.lines:
        installed = system_install(line.runs) if line.ships and line.word == "RUN" else None
        if installed is None:
            continue
        removed = {word for run in line.runs if is_removal(run) for word in run.argv[2:]}
        found += [(name, line) for name in installed.packages if is_tool(name) and name not in removed]
    return tuple(found)


def stands_on_full(project: Project, build: Build) -> bool:
    """The image stands on the full Python image, which has most tools anyway."""
    base = shipped_base(project, build)
    return base is not None and base.repository == "python" and bool(_FULL.fullmatch(base.tag))


def base_of(project: Project, build: Build) -> Base:
    """What both stages stand on, or on a slimmer one.

    :raises RefusedError: it has stages, or another base
    """
    base = shipped_base(project, build)
    if len(build.stages) != 1:
        raise RefusedError("it has stages already")
    if _is_compiled(project, build):
        raise RefusedError("the project itself is compiled, and where its build puts things is not known")
    if base is None or base.repository != "python" or not (_FULL.fullmatch(base.tag) or _SLIM.fullmatch(base.tag)):
        raise RefusedError("its base is not one of the official Python images on Debian")
    return base


def _is_compiled(project: Project, build: Build) -> bool:
    """A project of the folder is installed whose build runs a compiler."""
    own = any(word in (".", "./") or word.startswith(".[") for each in build.installs for word in each.run.argv)
    texts = [project.text(build.below(name)) or "" for name in ("pyproject.toml", "setup.py")] if own else []
    return any(_BY_COMPILER.search(text) for text in texts)


def names_of(build: Build, base: Base) -> tuple[str, str, str]:
    """The build stage's name, and the final stage's base, as written and with variables replaced."""
    name = "builder" if build.stages[0].name == "build" else "build"
    match = _FULL.fullmatch(base.tag)
    if match is None or base.digest:
        return name, base.written, base.reference
    version = "" if match["version"] in (None, "latest") else match["version"]
    slim = "-".join(each for each in (version, "slim", match["suite"]) if each)
    bare = base.reference.removesuffix(f":{base.tag}") if base.tag else base.reference
    if not base.has_variables:
        written = base.written.removesuffix(f":{base.tag}") if base.tag else base.written
        return name, f"{written}:{slim}", f"{bare}:{slim}"
    if re.fullmatch(r"[^$:]*:\$(\w+|\{\w+\})", base.written) and version == base.tag:
        return name, f"{base.written}-slim", f"{bare}:{slim}"
    return name, base.written, base.reference


def check(build: Build, line: Line) -> None:
    """:raises RefusedError: the instruction cannot be dealt out"""
    at = f"line {line.instruction.first_line}"
    if line.word in ("SHELL", "ONBUILD"):
        raise RefusedError(f"{at}: {line.word} holds for what follows")
    if line.word == "RUN" and (not line.runs or line.instruction.first_line in build.not_understood):
        raise RefusedError(f"{at} is not understood")
    if line.word == "ENV":
        for name, value in line.instruction.pairs:
            if name == "PATH" and "$PATH" not in value.replace("{", "").replace("}", ""):
                raise RefusedError(f"{at} sets PATH anew")
            if name in ("VIRTUAL_ENV", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
                raise RefusedError(f"{at} sets {name}")
    if line.word in ("CMD", "ENTRYPOINT", "HEALTHCHECK", "ENV", "RUN"):
        landed = {landing.target for landing in build.landings.steps}
        for place in re.findall(
            r"/usr/local/bin/[\w.-]+|[\w/.-]*(?:site|dist)-packages[\w/.-]*", line.instruction.text
        ):
            if place not in landed:
                raise RefusedError(f"{at} names {place}, which would be elsewhere")


def called_beside(
    project: Project, build: Build, lines: Sequence[Line], parts: Mapping[int, Sequence[Part]]
) -> frozenset[str]:
    """Packages whose programs something else than an install starts.

    :raises RefusedError: a RUN calls a compiler
    """
    found = {*called_by(code_of(project, build)), *called_by_manifests(project)}
    for text in scripts_started(project, build):
        found.update(package for word in re.findall(r"[\w+.-]+", text) if (package := package_of_program(word)))
    for line in lines:
        if line.word in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            words = re.findall(r"[\w+.-]+", line.instruction.body)
            found.update(package for word in words if (package := package_of_program(word)))
        for run, part in zip(line.runs, parts.get(id(line), ()), strict=False):
            package = package_of_program(program(run.argv)) if part == "other" else ""
            if package and compiles(package):
                raise RefusedError(f"line {run.line} calls {program(run.argv)}, and what it makes is not known")
            if package:
                found.add(package)
    return frozenset(found)


def refuse_unknown(at: str, runs: Sequence[RunLine]) -> None:
    """What stands in front of an install goes to the final stage only when the install can do without it."""
    for run in runs:
        if program(run.argv) not in _NO_MATTER_TO_PIP:
            raise RefusedError(f"{at}: whether the installs behind it need {program(run.argv)} is not known")
