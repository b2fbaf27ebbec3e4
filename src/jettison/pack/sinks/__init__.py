"""Forms that a finished image is handed over in. A module a form, listed once in `SINKS`."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ...records import Blueprint, Image, Steps
from . import docker_archive, dockerfile, oci_layout


class Sink(Protocol):
    """A module of this shelf."""

    NAME: str

    def write(self, image: Image, blueprint: Blueprint, into: Path) -> Steps[Path]:
        """Write the image to a place that is free, whole or not at all; gives the place."""
        ...


SINKS: list[Sink] = [oci_layout, docker_archive, dockerfile]
