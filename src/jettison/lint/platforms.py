"""What the platforms that a project aims at ask of a container (``platforms.toml``)."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .project import PLATFORMS, Project


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform; what it does not say, or what depends on how it is set up, is None or empty."""

    name: str
    title: str
    source: str
    date: datetime.date
    """When the source was read."""
    port: int | None = None
    """On which it asks the service, unless it is told another."""
    port_variable: str = ""
    """The variable that names the port to the container."""
    port_setting: str = ""
    """Where another port is said."""
    start_limit_seconds: int | None = None
    start_limit_setting: str = ""
    size_limit_bytes: int | None = None
    """Of the unpacked image."""
    architectures: tuple[str, ...] = ()
    """Those that it runs; empty when it depends on the machines."""
    read_only: bool = False
    writable: str = ""
    """The folder that can be written to where the rest cannot, or that lasts."""

    @property
    def where(self) -> str:
        """The source with its date."""
        return f"{self.source} ({self.date})"


def platforms(project: Project, names: Collection[str] = ()) -> tuple[Platform, ...]:
    """Those that the project names.

    :param names: further ones, such as the one that a base image is made for
    """
    return tuple(_table()[name] for name in PLATFORMS if name in project.targets or name in names)


@cache
def _table() -> dict[str, Platform]:
    rows = tomllib.loads(Path(__file__).with_name("platforms.toml").read_text("utf-8"))
    return {
        name: Platform(name=name, **{**row, "architectures": tuple(row.get("architectures", ()))})
        for name, row in rows.items()
    }
