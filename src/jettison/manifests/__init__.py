"""Manifests for more than one machine: the same service as several platforms are told of it.

Each is made of plain values and written by a YAML library, so that no name can become anything but a name.
"""

from __future__ import annotations

from ..records import Placement
from .platforms import PLATFORMS
from .written import text

__all__ = ["manifests"]


def manifests(placement: Placement) -> tuple[tuple[str, bytes], ...]:
    """File names and contents, one file for each platform that can hold it. The same placement gives the same bytes."""
    found = ((each, each.documents(placement)) for each in PLATFORMS)
    return tuple((f"{each.NAME}.yaml", text(each.SUMMARY, placement, made)) for each, made in found if made)
