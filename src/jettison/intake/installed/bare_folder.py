"""What a folder without a Dockerfile asks for."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ...records import PythonInstall
from ..build import Build
from .conda import environment_wanted
from .locks import lock_constraints
from .projects import Projects
from .requirements import Wanted, wanted, wanted_by_file

_REQUIREMENTS = ("requirements.txt", "requirements/prod.txt", "requirements/production.txt", "requirements/base.txt")
_LOCKS = (("uv", "uv.lock"), ("poetry", "poetry.lock"), ("pdm", "pdm.lock"), ("pip", ""))
_ENVIRONMENTS = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml", "env.yml")


def bare_installs(build: Build, python: str, notes: list[str]) -> tuple[PythonInstall, ...]:
    """What its requirements file asks for, else its project, Pipfile or conda environment; nothing without any."""
    for tool, found in _Folder(build, python, notes).found():
        if found is not None:
            notes.extend(f"{target} is not in the folder; what it lists is not counted" for target in found.missing)
            return (found.install(tool),)
    notes.append("nothing says what is installed: no requirements file, project, Pipfile or conda environment is here")
    return ()


class _Folder:
    def __init__(self, build: Build, python: str, notes: list[str]) -> None:
        self.build, self.python, self.notes = build, python, notes
        self.workdir = build.scope.workdir
        self.projects = Projects(find=build.local, notes=notes)

    def found(self) -> Iterator[tuple[str, Wanted | None]]:
        """Each way to say it, the plainest first."""
        yield "pip", self.of_requirements()
        for tool, lock in _LOCKS:
            yield tool, self.of_project(lock)
        yield "pipenv", self.of_pipfile()
        yield "conda", self.of_environment()

    def of_requirements(self) -> Wanted | None:
        for name in _REQUIREMENTS:
            target = posixpath.join(self.workdir, name)
            if self.build.local(target) is not None:
                return wanted_by_file(target, self.projects.reading())
        return None

    def of_project(self, lock: str) -> Wanted | None:
        """The project that has this lock file; with ``""``, one without."""
        if lock and self.build.local(posixpath.join(self.workdir, lock)) is None:
            return None
        found = self.projects.wanted(self.workdir)
        if found is None or not (found.requirements or found.direct):
            return None
        return self._locked(found, lock)

    def of_pipfile(self) -> Wanted | None:
        found = self.projects.pipfile_wanted(self.workdir)
        return None if found is None else self._locked(found, "Pipfile.lock")

    def of_environment(self) -> Wanted | None:
        for name in _ENVIRONMENTS:
            path = self.build.local(posixpath.join(self.workdir, name))
            if path is not None:
                found, pip_lines = environment_wanted(path, self.notes)
                for each in pip_lines:
                    found.add(wanted(each.split(), self.workdir, self.projects.reading(), name))
                return found
        return None

    def _locked(self, found: Wanted, lock: str) -> Wanted:
        if lock:
            found.constraints += lock_constraints(self.build.local, self.workdir, lock, self.python, self.notes)
        return found
