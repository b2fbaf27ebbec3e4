"""What the image gets installed: the pip, uv, Poetry, pipenv, conda and apt lines of its Dockerfile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...dockerfile.copied import landings
from ...dockerfile.installs import Install, compiles, export_lock, install_of, keeps_cache
from ...dockerfile.runs import RunLine, not_understood, run_lines
from ...dockerfile.stages import Stage, named
from ...dockerfile.system_installs import download, other_manager, system_install
from ...records import PythonInstall, SystemInstall
from ..build import Build
from .bare_folder import bare_installs
from .conda import conda_wanted, environment_wanted
from .environments import copied_stages, wheel_folders
from .locks import lock_constraints, uv_lock_wanted
from .projects import Projects
from .requirements import Reading, Wanted, wanted, wanted_by_file
from .run_files import files_at

_LOOKS_LIKE_INSTALL = re.compile(r"\b(pip3?|uv|poetry|pipenv|conda|mamba)\s+(\w+\s+)?(install|sync|add)\b")
_INDEX_VARIABLES = {
    "PIP_INDEX_URL": "--index-url",
    "UV_INDEX_URL": "--index-url",
    "UV_DEFAULT_INDEX": "--index-url",
    "PIP_EXTRA_INDEX_URL": "--extra-index-url",
    "UV_EXTRA_INDEX_URL": "--extra-index-url",
    "UV_INDEX": "--extra-index-url",
    "PIP_FIND_LINKS": "--find-links",
    "UV_FIND_LINKS": "--find-links",
}
_LOGIN = re.compile(r"UV_INDEX_\w+_(USERNAME|PASSWORD)|POETRY_(HTTP_BASIC|PYPI_TOKEN)_\w+")
"""Logins that only an installer reads: no service needs them when it runs."""


@dataclass(frozen=True, kw_only=True)
class Installs:
    """Everything that is installed, in the order of the Dockerfile."""

    python: tuple[PythonInstall, ...]
    system: tuple[SystemInstall, ...] = ()


def installs(build: Build, python: str, notes: list[str]) -> Installs:
    """What the Dockerfile's RUN lines install; for a bare folder, what its own files ask for.

    :param python: ``3.11``.
    """
    if build.stage is None or build.is_bare:
        return Installs(python=bare_installs(build, python, notes))
    found: list[PythonInstall] = []
    for other in copied_stages(build.stages, build.stage):
        # The packages are copied out of it; its cache stays behind.
        elsewhere = _StageReader(build, other, python, notes).python_installs()
        found += [replace(each, keeps_cache=False) for each in elsewhere]
    own = _StageReader(build, build.stage, python, notes)
    found += own.python_installs()
    return Installs(python=tuple(found), system=tuple(own.system_installs()))


class _StageReader:
    """Goes through one stage's RUN lines."""

    def __init__(self, build: Build, stage: Stage, python: str, notes: list[str]) -> None:
        self.build, self.stage, self.python, self.notes = build, stage, python, notes
        self.name = build.dockerfile.name if build.dockerfile else ""
        self.landings = landings(build.stages, stage, build.listed)
        self.runs = tuple(run_lines(build.stages, stage))

    def python_installs(self) -> list[PythonInstall]:
        found: list[PythonInstall] = []
        for run in self.runs:
            for line in run:
                install = install_of(line)
                if install is None or install.kind == "wheels":
                    continue
                if line.always:
                    found.append(self._record(install, line, run))
                else:
                    shown = " ".join(line.argv)[:80]
                    self.notes.append(f"{self._place(line)}: `{shown}` runs only under a condition; it is not counted")
        for number, text in not_understood(self.build.stages, self.stage):
            if _LOOKS_LIKE_INSTALL.search(text):
                self.notes.append(f"{self.name}:{number}: a part of this RUN was not understood; it may install more")
        return [each for each in found if each.requirements or each.direct or each.constraints]

    def system_installs(self) -> list[SystemInstall]:
        found: list[SystemInstall] = []
        for run in self.runs:
            if (made := system_install(run)) is not None:
                found.append(made)
            brought = dict.fromkeys(each for line in run if (each := download(line)))
            self.notes += [f"{self._place(run[0])}: what `{each}` downloads is not weighed" for each in brought]
            managers = dict.fromkeys(name for line in run if (name := other_manager(line)))
            self.notes += [f"{self._place(run[0])}: packages of {name} are not weighed" for name in managers]
        return found

    def _place(self, line: RunLine) -> str:
        return f"{self.name}:{line.line}"

    def _record(self, install: Install, line: RunLine, run: tuple[RunLine, ...]) -> PythonInstall:
        found = self.wanted(install, line)
        self._take_built_wheels(found, line)
        self._fill_missing(found, line)
        if not line.known:
            unknown = " ".join(word for word in line.argv if "$" in word or "`" in word)
            found.requirements = [each for each in found.requirements if "$" not in each]
            self.notes.append(f"{self._place(line)}: {unknown[:80]} is worked out while building; it is not counted")
        found.index_options = [*_from_variables(line.variables), *found.index_options]
        return replace(
            found.install(install.tool, line=line.line),
            keeps_cache=keeps_cache(install, line, run),
            compiles=compiles(install, line),
        )

    def wanted(self, install: Install, line: RunLine) -> Wanted:
        """What an install line of this stage asks for."""
        projects = Projects(find=files_at(self.build, self.landings, line), notes=self.notes)
        reading = replace(projects.reading(), variables=line.variables)
        found: Wanted | None = None
        if install.kind in ("requirements", "wheels"):
            found = wanted(install.words, line.directory, reading, self._place(line))
        elif install.kind == "project":
            found = self._of_project(install, line, projects)
        elif install.kind == "pipfile":
            found = projects.pipfile_wanted(line.directory, dev=install.dev)
        elif install.kind == "conda":
            found = conda_wanted(install.words, self.notes)
        else:
            found = self._of_environment(install.words, line, reading)
        if found is None:
            self.notes.append(
                f"{self._place(line)}: {install.tool} finds no project in {line.directory}; it is not counted"
            )
            found = Wanted()
        if install.lock:
            found.constraints += lock_constraints(projects.find, line.directory, install.lock, self.python, self.notes)
        return found

    def _of_project(self, install: Install, line: RunLine, projects: Projects) -> Wanted | None:
        """The project in the line's directory; what only a lock file of uv's knows, for a member of a workspace."""
        groups = ("dev", *install.groups) if install.dev else install.groups
        if install.tool == "uv":
            lock = projects.find(posixpath.join(line.directory, "uv.lock"))
            member = uv_lock_wanted(lock, install.package, (install.extras, groups), self.notes) if lock else None
            if member is not None and (install.package or projects.wanted(line.directory) is None):
                return member
        return projects.wanted(line.directory, install.extras, groups=groups)

    def _of_environment(self, files: tuple[str, ...], line: RunLine, reading: Reading) -> Wanted | None:
        made: Wanted | None = None
        for name in files:
            target = posixpath.normpath(posixpath.join(line.directory, name))
            path = reading.find(target)
            if path is None:
                continue
            made = made or Wanted()
            if name.endswith(".txt"):
                made.add(wanted_by_file(target, reading))
                continue
            listed, pip_lines = environment_wanted(path, self.notes)
            made.add(listed)
            for each in pip_lines:
                made.add(wanted(each.split(), posixpath.dirname(target), reading, self._place(line)))
        return made

    def _take_built_wheels(self, found: Wanted, line: RunLine) -> None:
        """``pip install /wheels/*`` installs what another stage, or an earlier line, built there."""
        for path in [each for each in found.direct if "*" in each or each.endswith(".whl")]:
            place = posixpath.dirname(posixpath.normpath(posixpath.join(line.directory, path)))
            origins = [mount.origin for mount in line.mounts if mount.target.rstrip("/") == place and mount.origin]
            copied = wheel_folders(self.build.stages, self.stage).get(place)
            stage = named(self.build.stages, origins[0]) if origins else copied
            reader = _StageReader(self.build, stage, self.python, self.notes) if stage else self
            built = reader.built_wheels()
            if built is not None:
                found.direct.remove(path)
                found.add(built)

    def built_wheels(self) -> Wanted | None:
        """What the stage's ``pip wheel`` lines build."""
        made: Wanted | None = None
        for run in self.runs:
            for line in run:
                install = install_of(line)
                if install is not None and install.kind == "wheels":
                    made = made or Wanted()
                    made.add(self.wanted(install, line))
        return made

    def _fill_missing(self, found: Wanted, line: RunLine) -> None:
        """A requirements file that the build itself exports from a project stands for that project."""
        for target in tuple(found.missing):
            exported = self._exported()
            if exported is not None:
                found.add(exported)
            else:
                self.notes.append(f"{self._place(line)}: {target} is not in the folder; what it lists is not counted")

    def _exported(self) -> Wanted | None:
        for stage in self.build.stages:
            reader = _StageReader(self.build, stage, self.python, self.notes)
            for run in reader.runs:
                for line in run:
                    export = export_lock(line)
                    if export is not None:
                        return reader.wanted(export, line)
        return None


def without_passwords(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, those of package indexes without the names and passwords in their URLs or beside them."""
    return {
        name: _plain_url(value) if name in _INDEX_VARIABLES else value
        for name, value in variables.items()
        if not _LOGIN.fullmatch(name)
    }


def _plain_url(text: str) -> str:
    return re.sub(r"//[^/ ]+@", "//", text)


def _from_variables(variables: Mapping[str, str]) -> list[str]:
    """Index options that ENV and ARG set; passwords are left out."""
    return [
        f"{option} {_plain_url(url)}"
        for name, option in _INDEX_VARIABLES.items()
        for url in variables.get(name, "").split()
    ]
