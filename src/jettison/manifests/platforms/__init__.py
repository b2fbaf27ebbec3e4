"""Platforms, one a module: listed here, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ...records import Placement
from . import compose, container_apps, kserve, kubernetes


class Platform(Protocol):
    """A module of this folder."""

    NAME: str
    """Of its file, without the ending."""
    SUMMARY: str
    """How it is used, in a line."""

    def documents(self, placement: Placement) -> tuple[Mapping[str, Any], ...]:
        """What the platform is told, as plain values."""
        ...


PLATFORMS: list[Platform] = [kubernetes, kserve, container_apps, compose]
