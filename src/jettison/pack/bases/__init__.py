"""What an image can stand on. A module a base, listed once in `BASES`."""

from __future__ import annotations

from typing import Protocol

from ...oci import Compression
from ...records import Blueprint, Steps
from ...workspace import Workspace
from ..root import Root
from . import debian, oci_layout


class Base(Protocol):
    """A module of this shelf."""

    NAME: str

    def fits(self, base: str) -> bool:
        """`Blueprint.base` means this one."""
        ...

    def root(self, blueprint: Blueprint, workspace: Workspace, compression: Compression) -> Steps[Root]:
        """The base, unpacked and as layers."""
        ...


BASES: list[Base] = [debian, oci_layout]
