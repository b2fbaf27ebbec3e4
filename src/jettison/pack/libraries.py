"""The service's libraries, resolved with hashes for the image's Python and platform, and installed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from ..errors import Unresolvable
from ..packages.index import index_settings
from ..packages.install import installed
from ..packages.lock import lock_text
from ..packages.resolution import Resolution
from ..packages.resolve import resolved
from ..records import Blueprint, Steps
from ..workspace import Workspace, digest
from .distributions import Distribution, distributions
from .root import Root
from .rootfs.python_inside import MUSL

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Architectures in Debian's names and in the kernel's."""
_NEWEST_GLIBC = (2, 40)
"""uv knows no tag beyond it; a wheel for an older one fits."""
_OLDEST_GLIBC = (2, 17)


@dataclass(frozen=True, kw_only=True)
class Libraries:
    """Installed libraries, as they came out of their wheels."""

    folder: Path
    """A site folder in the cache: not to be changed."""
    distributions: tuple[Distribution, ...]
    resolution: Resolution
    direct: frozenset[str]
    """Canonical names of those that the requirements name themselves."""
    own: frozenset[str]
    """Canonical names of those that came as files of this machine: part of the service."""

    def lock(self, shipped: frozenset[str]) -> str:
        """Those distributions with version and digest, as pip and uv read it."""
        wheels = tuple(wheel for wheel in self.resolution.wheels if wheel.name in shipped)
        return lock_text(replace(self.resolution, wheels=wheels))


def libraries(blueprint: Blueprint, root: Root, workspace: Workspace) -> Steps[Libraries]:
    """Resolve and install what the blueprint asks for. The same lock is installed once.

    :raises Unresolvable: nothing satisfies the requirements for this Python and platform
    :raises IndexUnreachable: an index does not answer
    :raises Untrusted: a file is not the one that was locked
    """
    own = [_identity(wheel) for wheel in blueprint.wheels]
    wheels = tuple(wheel.absolute() for wheel in (*blueprint.wheels, *blueprint.compiled))
    settings = index_settings()
    folders = tuple(sorted({str(wheel.parent) for wheel in wheels}))
    settings = replace(settings, find_links=(*settings.find_links, *folders))
    platform = platform_of(blueprint.architecture, root.libc)
    resolution = yield from resolved(
        [*blueprint.requirements, *(f"{name}=={version}" for name, version in map(_identity, wheels))],
        python=root.python,
        platform=platform,
        settings=settings,
        workspace=workspace,
        options=blueprint.index_options,
        constraints=blueprint.constraints,
        cpu_torch=True,
    )
    lock = lock_text(resolution)

    def make(folder: Path) -> Steps[None]:
        yield from installed(
            lock,
            folder,
            python=root.python,
            platform=platform,
            settings=settings,
            workspace=workspace,
            local_wheels=wheels,
            interpreter=f"/{root.executable}",
        )

    folder = yield from workspace.folder("libraries", digest(lock, platform, root.executable), make)
    return Libraries(
        folder=folder,
        distributions=distributions(folder),
        resolution=resolution,
        direct=frozenset(wheel.name for wheel in resolution.wheels if not wheel.required_by),
        own=frozenset(name for name, _ in own),
    )


def platform_of(architecture: str, libc: str) -> str:
    """A platform as uv names it, for the newest C library that both know. Without a known one, a cautious guess."""
    machine = MACHINES.get(architecture, architecture)
    if libc == MUSL:
        return f"{machine}-unknown-linux-musl"
    major, _, minor = libc.partition(".")
    version = (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (2, 28)
    version = max(_OLDEST_GLIBC, min(version, _NEWEST_GLIBC))
    if _OLDEST_GLIBC < version < (2, 31):
        version = (2, 28) if version >= (2, 28) else _OLDEST_GLIBC
    return f"{machine}-manylinux_{version[0]}_{version[1]}"


def _identity(wheel: Path) -> tuple[str, str]:
    try:
        name, version, _, _ = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as cause:
        raise Unresolvable(
            f"{wheel.name} is no wheel: {cause}", where=str(wheel), next_step="give a file that `pip wheel` made"
        ) from cause
    return canonicalize_name(name), str(version)
