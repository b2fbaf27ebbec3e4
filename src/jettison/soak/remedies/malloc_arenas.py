"""Fewer arenas in glibc: by default every thread may get one of its own, and each keeps what it once needed."""

from __future__ import annotations

from collections.abc import Generator

from jettison.records import Progress

from .world import Change, World, needs_glibc

NAME = "malloc-arenas"
SAYS = "two arenas of glibc's malloc for all threads"


def change(world: World) -> Generator[Progress, None, Change | str]:
    """``MALLOC_ARENA_MAX``."""
    yield from ()
    return needs_glibc(world) or Change(environment=(("MALLOC_ARENA_MAX", "2"),))
