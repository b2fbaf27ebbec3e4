"""Isolated, cached Python environments for what is compared: the original's stack, and the lighter one.

Never the tool's own environment. torch comes as its CPU build; where a service's pins cannot be had for a Python
of this machine, the nearest set that can be is used and labelled a stand-in.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import EnvironmentUnusable, IndexUnreachable, Unresolvable
from .records import Environment, Progress, Steps
from .workspace import Workspace, digest, space_for

if TYPE_CHECKING:
    from .packages.resolution import Resolution

_GPU = ("nvidia-", "triton-")
SHOWN = (
    "torch",
    "transformers",
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "tokenizers",
    "onnxruntime",
    "numpy",
    "flask",
    "fastapi",
    "waitress",
    "uvicorn",
)
"""Distributions whose versions stand beside every number."""
_OLDEST_GLIBC = 28


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an environment is to hold."""

    name: str
    requirements: tuple[str, ...]
    """Requirement lines."""
    python: str
    """``3.11``"""
    index_options: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    wheels: tuple[Path, ...] = ()
    """Wheel files of this machine, installed too, without what they require."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An environment that can run something."""

    folder: Path
    record: Environment

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"


def prepared(wanted: Wanted, workspace: Workspace) -> Steps[Prepared]:
    """The environment, made once for the same set of packages.

    :raises EnvironmentUnusable: neither the set that was asked for nor a stand-in can be had here.
    """
    interpreter, python = _interpreter(wanted.python)
    notes = [] if python == wanted.python else [f"Python {python} instead of {wanted.python}"]
    reasons = []
    for requirements in dict.fromkeys((wanted.requirements, _names(wanted.requirements))):
        try:
            found = yield from _resolved(wanted, requirements, python, workspace)
        except (Unresolvable, IndexUnreachable) as cause:
            reasons.append(cause.what)
            continue
        if gpu := sorted(wheel.name for wheel in found.wheels if f"{wheel.name}-".startswith(_GPU)):
            reasons.append(f"only a GPU build can be had ({gpu[0]} and {len(gpu) - 1} more)")
            continue
        if requirements != wanted.requirements:
            notes.append("without the pins of the service, which cannot be had here")
        place = yield from _made(wanted, found, interpreter, workspace)
        notes += yield from _deviations(wanted, found, workspace)
        packages = tuple((wheel.name, wheel.version) for wheel in found.wheels if wheel.name in SHOWN)
        record = Environment(name=wanted.name, python=python, packages=packages, stand_in="; ".join(notes))
        return Prepared(folder=place, record=record)
    raise EnvironmentUnusable(
        f"the {wanted.name} environment cannot be made here",
        where="; ".join(reasons),
        next_step="let pip find its packages here: a CPU build of torch, or torch's CPU index in pip's settings",
    )


def _resolved(wanted: Wanted, requirements: Iterable[str], python: str, workspace: Workspace) -> Steps[Resolution]:
    from .packages.index import index_settings
    from .packages.resolve import resolved

    return (
        yield from resolved(
            requirements,
            python=python,
            platform=platform_tag(),
            settings=index_settings(),
            workspace=workspace,
            options=wanted.index_options,
            constraints=wanted.constraints,
            cpu_torch=True,
        )
    )


def _deviations(wanted: Wanted, found: Resolution, workspace: Workspace) -> Steps[list[str]]:
    """Versions of what is shown that differ from what the service's own image would get."""
    from .packages.index import index_settings
    from .packages.resolve import resolved

    try:
        asked = yield from resolved(
            wanted.requirements,
            python=wanted.python,
            platform=platform_tag(),
            settings=index_settings(),
            workspace=workspace,
            options=wanted.index_options,
            constraints=wanted.constraints,
        )
    except (Unresolvable, IndexUnreachable):
        return []
    here = {wheel.name: wheel.version for wheel in found.wheels}
    return [
        f"{wheel.name} {here[wheel.name]} instead of {wheel.version}"
        for wheel in asked.wheels
        if wheel.name in SHOWN and wheel.name in here and _public(here[wheel.name]) != _public(wheel.version)
    ]


def _made(wanted: Wanted, found: Resolution, interpreter: Path, workspace: Workspace) -> Steps[Path]:
    from .packages.index import index_settings
    from .packages.install import installed
    from .packages.lock import lock_text

    lock = lock_text(found)
    key = digest(lock, str(interpreter), [wheel.parent.name for wheel in wanted.wheels])

    def fill(into: Path) -> Steps[None]:
        yield Progress(step="environments", note=f"{wanted.name}: {len(found.wheels)} packages")
        _run([str(interpreter), "-m", "venv", "--without-pip", str(into)])
        library = next((into / "lib").glob("python*")) / "site-packages"
        shutil.rmtree(library)
        yield from installed(
            lock, library, python=found.python, platform=found.platform, settings=index_settings(), workspace=workspace
        )
        for wheel in wanted.wheels:
            with space_for(library):
                shutil.unpack_archive(wheel, library, "zip")
        yield Progress(step="environments", note=f"{wanted.name}: bytecode")
        # As pip leaves it: a cold start is not to be charged with compiling.
        subprocess.run(
            [str(into / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", str(library)],
            capture_output=True,
            check=False,
        )

    return (yield from workspace.folder("environments", key, fill))


def _interpreter(python: str) -> tuple[Path, str]:
    """An interpreter of that version when this machine has one, else the one that runs us; and its version."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if python == own:
        return Path(sys._base_executable), own  # type: ignore[attr-defined]
    found = shutil.which(f"python{python}")
    if found and _works(found):
        return Path(found), python
    return Path(sys._base_executable), own  # type: ignore[attr-defined]


def _works(program: str) -> bool:
    """A shim of a version manager may stand on the path without a Python behind it; some lack venv."""
    done = subprocess.run([program, "-c", "import venv, sys"], capture_output=True, check=False)
    return done.returncode == 0


def platform_tag() -> str:
    """This machine as uv names platforms."""
    machine = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    if sys.platform == "darwin":
        return f"{machine}-apple-darwin"
    glibc = sysconfig.get_config_var("HOST_GNU_TYPE") or ""
    return f"{machine}-unknown-linux-musl" if "musl" in glibc else f"{machine}-manylinux_2_{_OLDEST_GLIBC}"


def _names(requirements: Sequence[str]) -> tuple[str, ...]:
    """Requirement lines without their versions; extras and markers stay."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import SpecifierSet

    names = []
    for line in requirements:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        requirement.specifier = SpecifierSet()
        names.append(str(requirement))
    return tuple(names)


def _public(version: str) -> str:
    """A version without its local part: 2.13.0 for 2.13.0+cpu."""
    return version.partition("+")[0]


def _run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EnvironmentUnusable(
            f"{Path(argv[0]).name} cannot make an environment: {done.stderr.strip()[-300:]}",
            where=" ".join(argv),
            next_step="install the venv module of this Python (Debian: apt-get install python3-venv)",
        )
