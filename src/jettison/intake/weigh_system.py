"""What the ``apt-get install`` lines of a Dockerfile bring on top of the base image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import EnvironmentUnusable, IndexUnreachable, Unresolvable
from ..oci.base_images import BaseImage, package_lists_part
from ..packages import ratios
from ..records import Part, Steps, SystemInstall
from ..workspace import Workspace

if TYPE_CHECKING:
    from ..packages.debian import Catalogue, DebianPackage

_ARCHITECTURE = "amd64"
_HEADERS = "libc6-dev"


@dataclass(frozen=True, kw_only=True)
class SystemWeight:
    """What a row of installations brings."""

    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()
    """What could not be weighed, in sentences."""


@dataclass(frozen=True, kw_only=True)
class AptWeight:
    """What one ``apt-get install`` brings on top of those before it."""

    install: SystemInstall
    parts: tuple[Part, ...]
    recommended_bytes: int
    """Of those parts that come only because something recommends them."""
    header_bytes: int
    """Of `recommended_bytes`, those of the C library's headers, which a compiler only recommends."""
    needed: Mapping[str, tuple[int, frozenset[str]]]
    """The other ones by name, the named packages among them: bytes, and which of the named packages need it."""


def system_weight(
    installs: Sequence[SystemInstall], base: BaseImage | None, workspace: Workspace
) -> Steps[SystemWeight]:
    """Every Debian package that the lines bring with what it depends on, less what the base image already has.

    Sizes are those of Debian's own catalogue: the pulled one is the ``.deb``'s, the unpacked one is ``Installed-Size``.
    """
    if not installs:
        return SystemWeight()
    lists = (package_lists_part(),) if any(install.keeps_lists for install in installs) else ()
    if base is None or not base.is_debian:
        name = base.reference if base else "the base image"
        return SystemWeight(missing=(f"apt packages are not weighed: what {name} already holds is not known",))
    try:
        weighed = yield from apt_weights(installs, base, workspace)
    except (IndexUnreachable, EnvironmentUnusable, Unresolvable) as problem:
        return SystemWeight(parts=lists, missing=(f"apt packages are not weighed: {problem.what}",))
    return SystemWeight(parts=(*(part for each in weighed for part in each.parts), *lists))


def apt_weights(
    installs: Sequence[SystemInstall], base: BaseImage, workspace: Workspace
) -> Steps[tuple[AptWeight, ...]]:
    """Every line by itself, in its order.

    :raises IndexUnreachable: no mirror answers
    :raises EnvironmentUnusable: no mirror is known
    :raises Unresolvable: there is no such package in the suite
    """
    from ..packages.debian import catalogue

    known = yield from catalogue(base.suite, _ARCHITECTURE, workspace)
    already = base.installed | _names(known.closure(base.asked, recommends=False, already=base.installed))
    found: list[AptWeight] = []
    for install in installs:
        new = known.closure(install.packages, recommends=install.recommends, already=already)
        needed = known.closure(install.packages, recommends=False, already=already)
        brings = {name: _names(known.closure((name,), recommends=False, already=already)) for name in install.packages}
        there = {
            each.name: ratios.debian(each.name, each.installed_bytes, slim=base.is_slim) for each in (*new, *needed)
        }
        recommended = _names(new) - _names(needed)
        headers = known.closure((_HEADERS,), recommends=False, already=already) if _HEADERS in recommended else ()
        found.append(
            AptWeight(
                install=install,
                parts=tuple(_parts(new, install, known, already)),
                recommended_bytes=sum(there[name] for name in recommended),
                header_bytes=sum(there[name] for name in recommended & _names(headers)),
                needed={
                    package.name: (
                        there[package.name],
                        frozenset(name for name, names in brings.items() if package.name in names),
                    )
                    for package in needed
                },
            )
        )
        already |= _names(new)
    return tuple(found)


def _parts(
    packages: Sequence[DebianPackage], install: SystemInstall, known: Catalogue, already: frozenset[str]
) -> list[Part]:
    brings = {
        name: _names(known.closure((name,), recommends=install.recommends, already=already))
        for name in install.packages
    }
    return [
        Part(
            name=f"{package.name} {package.version}",
            group="system",
            pulled_bytes=package.size_bytes,
            unpacked_bytes=package.installed_bytes,
            known="weighed",
            source="Debian's catalogue of packages",
            required_by=()
            if package.name in install.packages
            else tuple(name for name, names in brings.items() if package.name in names),
        )
        for package in packages
    ]


def _names(packages: Sequence[DebianPackage]) -> frozenset[str]:
    return frozenset(package.name for package in packages)
