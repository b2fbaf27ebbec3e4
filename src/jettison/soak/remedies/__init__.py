"""Settings that may keep a service's memory smaller, a module each; `trying` measures what they do to this service."""

from __future__ import annotations

from typing import Protocol

from jettison.records import Steps

from . import jemalloc, malloc_arenas, malloc_trim, mimalloc, onnxruntime_arena
from .world import Change, World


class Remedy(Protocol):
    """A module of this shelf."""

    NAME: str
    SAYS: str
    """What it does, in a few words."""

    def change(self, world: World) -> Steps[Change | str]:
        """What it changes in the service's world; a sentence where it cannot help there."""
        ...


REMEDIES: list[Remedy] = [malloc_arenas, malloc_trim, onnxruntime_arena, jemalloc, mimalloc]

__all__ = ["REMEDIES", "Change", "Remedy", "World"]
