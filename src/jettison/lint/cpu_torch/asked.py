"""Every command of a folder's images that installs with pip or ``uv pip``, read once for all rules."""

from __future__ import annotations

from collections.abc import Iterator

from ..builds import Build, InstallLine
from ..gpu_machines import for_gpu
from ..project import Project
from .arrivals import not_shipped
from .installed import Asking, asking_of, asking_of_file


def asked(project: Project) -> tuple[Asking, ...]:
    """Every pip or ``uv pip`` command of what the images are made of; without Dockerfile, every requirements file."""
    return project.once(_asked) if project.on_cpu else ()


def _asked(project: Project) -> tuple[Asking, ...]:
    if not project.builds:
        files = (file for file in project.requirement_files if not for_gpu(file.path) and not not_shipped(file.path))
        return tuple(asking_of_file(project, file) for file in files)
    lines = (each for build in project.builds if not for_gpu(build.path) for each in _reached(build))
    return tuple(asking for each in lines if (asking := project.once(by_install)[id(each)]) is not None)


def by_install(project: Project) -> dict[int, Asking | None]:
    """By the identity of the install line, which its build keeps."""
    return {id(each): asking_of(project, build, each) for build in project.builds for each in build.installs}


def _reached(build: Build) -> Iterator[InstallLine]:
    return (each for each in build.installs if each.line.stage in build.reached)


def shared_with_uv(project: Project, path: str) -> bool:
    """Whether ``uv pip`` reads a requirements file, which then must not name an extra index."""
    return path in project.once(_read_by_uv)


def _read_by_uv(project: Project) -> frozenset[str]:
    found = project.once(by_install).values()
    return frozenset(file.path for each in found if each and each.tool == "uv" for file in each.files)
