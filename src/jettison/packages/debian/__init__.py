"""Debian and Ubuntu packages: signed lists, dependency closures, the bytes of a package. Without apt, dpkg or root."""

from __future__ import annotations

from .catalogue import Catalogue, DebianPackage, SeenRelease
from .control import Wanted
from .lists import catalogue, fetched
from .sources import KEYRING_VARIABLE, MIRROR_VARIABLE, Mirror, mirror

__all__ = [
    "KEYRING_VARIABLE",
    "MIRROR_VARIABLE",
    "Catalogue",
    "DebianPackage",
    "Mirror",
    "SeenRelease",
    "Wanted",
    "catalogue",
    "fetched",
    "mirror",
]
