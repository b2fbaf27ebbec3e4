"""glibc gives memory back sooner: set by hand, its threshold no longer rises with the largest block let go."""

from __future__ import annotations

from collections.abc import Generator

from jettison.records import Progress

from .world import Change, World, needs_glibc

NAME = "malloc-trim"
SAYS = "glibc's malloc gives back what is over 128 KiB, and has two arenas"


def change(world: World) -> Generator[Progress, None, Change | str]:
    """``MALLOC_TRIM_THRESHOLD_``, with fewer arenas: only the first one can be trimmed from its top."""
    yield from ()
    settings = (("MALLOC_ARENA_MAX", "2"), ("MALLOC_TRIM_THRESHOLD_", "131072"))
    return needs_glibc(world) or Change(environment=settings)
