"""A resolved set of distributions, and reading it from what uv writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from ..errors import Unresolvable
from .tags import best_wheel


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """One distribution of a resolved set, as one file that an index or a folder offers."""

    name: str
    """Canonical: lower case, single dashes."""
    version: str
    filename: str
    size_bytes: int | None
    """As listed; None where the index does not list sizes."""
    sha256: str
    """Empty where the index gives none."""
    required_by: tuple[str, ...] = ()
    """Names of distributions that ask for it; empty when the requirements name it themselves."""
    location: str = field(repr=False)
    """URL or ``file:`` URL. Never shown and never part of a lock."""

    @property
    def is_wheel(self) -> bool:
        """False for a source distribution, which would have to be built."""
        return self.filename.endswith(".whl")

    @property
    def local_path(self) -> Path | None:
        """The file on this machine, when it is one."""
        parts = urlsplit(self.location)
        return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What an installation would bring, for one Python on one platform."""

    wheels: tuple[Wheel, ...]
    """By name."""
    python: str
    platform: str
    resolved_at: str
    """ISO 8601, UTC, to the second."""
    notes: tuple[str, ...] = ()
    """What was left out or replaced, in sentences."""

    def wheel(self, name: str) -> Wheel | None:
        """The distribution of that name."""
        wanted = canonicalize_name(name)
        return next((wheel for wheel in self.wheels if wheel.name == wanted), None)


def pins(annotated: str) -> dict[str, tuple[str, ...]]:
    """Who requires whom, from uv's requirements format with annotations on the line: pin or address → names."""
    found = {}
    for line in annotated.splitlines():
        requirement, _, asker = line.partition("  # via ")
        if requirement.strip() and not line.startswith("#"):
            names = (name.strip() for name in asker.split(","))
            found[requirement.strip()] = tuple(name for name in names if name and not name.startswith("-"))
    return found


def wheels(
    lock: str, *, folder: Path, python: str, platform: str, askers: Mapping[str, tuple[str, ...]], named: frozenset[str]
) -> tuple[Wheel, ...]:
    """The files of a lock in the format of PEP 751, the best one of each package.

    :param folder: what relative paths in the lock start from
    :param askers: name → who requires it
    :param named: what the requirements name themselves
    :raises Unresolvable: the lock names a distribution without any file
    """
    found = []
    for package in tomllib.loads(lock).get("packages", []):
        name = canonicalize_name(package["name"])
        file = _file(package, python=python, platform=platform)
        if file is None:
            raise Unresolvable(
                f"{name} {package.get('version', '')} has no file for Python {python} on {platform}",
                next_step="pin another version of it, or another Python version",
            )
        location = file.get("url") or (folder / file["path"]).resolve().as_uri()
        wheel = Wheel(
            name=name,
            version=package.get("version") or _version(_filename(file)),
            filename=_filename(file),
            size_bytes=file.get("size"),
            sha256=file.get("hashes", {}).get("sha256", ""),
            required_by=() if name in named else askers.get(name, ()),
            location=location,
        )
        found.append(_with_local_size(wheel))
    return tuple(sorted(found, key=lambda wheel: wheel.name))


def name_of(pin: str) -> str:
    """The canonical name in ``name==1.0`` or ``name @ address``."""
    return canonicalize_name(re.split(r"[\s=@\[<>!~;]", pin, maxsplit=1)[0])


def _file(package: Mapping[str, Any], *, python: str, platform: str) -> Mapping[str, Any] | None:
    offered: Iterable[Mapping[str, Any]] = package.get("wheels", [])
    by_name = {_filename(wheel): wheel for wheel in offered}
    if by_name:
        return by_name[best_wheel(by_name, python=python, platform=platform)]
    return package.get("archive") or package.get("sdist")


def _filename(file: Mapping[str, Any]) -> str:
    place = str(file.get("name") or file.get("url") or file.get("path"))
    return unquote(urlsplit(place).path.rpartition("/")[2])


def _version(filename: str) -> str:
    parts = filename.split("-")
    return parts[1] if len(parts) > 1 else ""


def _with_local_size(wheel: Wheel) -> Wheel:
    path = wheel.local_path
    if path is None or not path.is_file():
        return wheel
    return replace(wheel, size_bytes=path.stat().st_size)
