"""A base, written down so that the same one can be made again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...errors import SettingsInvalid, Unresolvable
from ...packages.debian import Catalogue, DebianPackage, Mirror, SeenRelease
from ...records import from_json, to_json

FORMAT = 1


@dataclass(frozen=True, kw_only=True)
class LockedPackage:
    """One package, exactly."""

    name: str
    version: str
    architecture: str
    filename: str
    """Relative to the mirror of the archive or of the security updates."""
    sha256: str
    size_bytes: int
    security: bool
    """It came from the mirror of the security updates."""


@dataclass(frozen=True, kw_only=True)
class BaseLock:
    """Everything that decides what a base holds. No mirror is named: whoever has the packages will do."""

    format: int = FORMAT
    distribution: str
    suite: str
    architecture: str
    python: str
    releases: tuple[SeenRelease, ...]
    """The signed lists that vouched for the packages."""
    packages: tuple[LockedPackage, ...]


def locked(catalogue: Catalogue, packages: tuple[DebianPackage, ...], mirror: Mirror, python: str) -> BaseLock:
    """The lock of a closure."""
    return BaseLock(
        distribution=catalogue.distribution,
        suite=catalogue.suite,
        architecture=catalogue.architecture,
        python=python,
        releases=catalogue.releases,
        packages=tuple(
            LockedPackage(
                name=package.name,
                version=package.version,
                architecture=package.architecture,
                filename=package.filename,
                sha256=package.sha256,
                size_bytes=package.size_bytes,
                security=package.mirror != mirror.archive,
            )
            for package in packages
        ),
    )


def lock_bytes(lock: BaseLock) -> bytes:
    """The lock as a file."""
    return to_json(lock, indent=1) + b"\n"


def read_lock(path: Path, architecture: str) -> BaseLock:
    """The lock in a file.

    :raises SettingsInvalid: there is none, or one of another architecture
    """
    try:
        lock = from_json(path.read_bytes(), BaseLock)
    except (OSError, ValueError) as cause:
        raise SettingsInvalid(
            f"{path.name} is no base lock: {cause}",
            where=str(path),
            next_step="give a base.lock.json that jettison wrote beside an image, or leave it out",
        ) from cause
    if (lock.format, lock.architecture) != (FORMAT, architecture):
        raise SettingsInvalid(
            f"{path.name} is of format {lock.format} for {lock.architecture}, not of {FORMAT} for {architecture}",
            where=str(path),
            next_step="leave the lock out, and keep the new one that is written",
        )
    return lock


def packages_of(lock: BaseLock, mirror: Mirror) -> tuple[DebianPackage, ...]:
    """The locked packages, at this machine's mirror. :raises Unresolvable: the mirror is of another distribution"""
    if lock.distribution != mirror.distribution:
        raise Unresolvable(
            f"the lock is of {lock.distribution}, the mirror of {mirror.distribution}",
            where=mirror.archive,
            next_step="set JETTISON_DEBIAN_MIRROR to a mirror of that distribution, or leave the lock out",
        )
    return tuple(
        DebianPackage(
            name=package.name,
            version=package.version,
            architecture=package.architecture,
            installed_bytes=0,
            size_bytes=package.size_bytes,
            depends=(),
            recommends=(),
            provides=(),
            priority="optional",
            filename=package.filename,
            sha256=package.sha256,
            mirror=mirror.security if package.security else mirror.archive,
        )
        for package in lock.packages
    )
