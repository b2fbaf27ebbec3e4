"""What the RUN lines of one Dockerfile install, weighed line by line; whether a service stands behind it or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..errors import EnvironmentUnusable, IndexUnreachable, Unresolvable
from ..oci.base_images import base_image, provided
from ..records import PythonInstall, Steps
from ..workspace import Workspace
from .build import build
from .dockerfiles import BuildPlan
from .installed.installs import installs
from .python_version import python_version
from .weigh_python import InstallWeight, Surroundings, install_weights
from .weigh_system import AptWeight, apt_weights


@dataclass(frozen=True, kw_only=True)
class BuildWeight:
    """What the lines of a Dockerfile bring into its image."""

    python: tuple[InstallWeight, ...] = ()
    system: tuple[AptWeight, ...] = ()
    missing: tuple[str, ...] = ()
    """What could not be weighed, and why, in sentences."""

    @property
    def python_bytes(self) -> int:
        """Of all distributions with their bytecode, caches not included."""
        return sum(each.installed_bytes for each in self.python)


def build_weight(
    folder: Path,
    dockerfile: Path | None,
    workspace: Workspace,
    *,
    cpu_torch: bool = False,
    instead: Mapping[str, str] = MappingProxyType({}),
    with_system: bool = True,
) -> Steps[BuildWeight]:
    """The installs of the stages that ship, for linux on x86-64. What cannot be weighed is said in the result.

    :param folder: the build's
    :param dockerfile: on this machine; what the folder's own files ask for when None
    :param cpu_torch: as if torch came without CUDA
    :param instead: names of distributions, and which one is asked for in the place of each
    :param with_system: Debian's packages too
    :raises DockerfileUnreadable: it does not parse
    """
    notes: list[str] = []
    made = build(folder, BuildPlan(folder=folder, path=dockerfile) if dockerfile else None)
    python = python_version(made, None, notes)
    found = installs(made, python, notes)
    base = base_image(made.base_image) if made.base_image else None
    around = Surroundings(
        python=python,
        suite=base.suite if base else "",
        environment=dict(made.scope.environment),
        provided=provided(made.base_image) if made.base_image else (),
        workspace=workspace,
        cpu_torch=cpu_torch,
    )
    weighed: tuple[InstallWeight, ...] = ()
    system: tuple[AptWeight, ...] = ()
    missing: list[str] = []
    try:
        weighed = yield from install_weights([_with(each, instead) for each in found.python], around)
    except (IndexUnreachable, Unresolvable) as problem:
        missing.append(f"its Python packages are not weighed: {problem.what}")
    if with_system and found.system and base is not None and base.is_debian:
        try:
            system = yield from apt_weights(found.system, base, workspace)
        except (IndexUnreachable, EnvironmentUnusable, Unresolvable) as problem:
            missing.append(f"its Debian packages are not weighed: {problem.what}")
    return BuildWeight(python=weighed, system=system, missing=tuple(missing))


def _with(install: PythonInstall, instead: Mapping[str, str]) -> PythonInstall:
    """The install with other names in its requirements; versions and extras stay."""
    lines = tuple(_renamed(line, instead) for line in install.requirements)
    constraints = tuple(_renamed(line, instead) for line in install.constraints)
    return replace(install, requirements=lines, constraints=constraints)


def _renamed(line: str, instead: Mapping[str, str]) -> str:
    match = re.match(r"[A-Za-z0-9][\w.-]*", line)
    name = re.sub(r"[-_.]+", "-", match[0]).lower() if match else ""
    return f"{instead[name]}{line[match.end() :]}" if match and name in instead else line
