"""jemalloc in the place of malloc: less is lost between blocks, and pages are given back after a second."""

from __future__ import annotations

from jettison.records import Steps

from .preloading import preloaded
from .world import Change, World

NAME = "jemalloc"
SAYS = "jemalloc in the place of malloc"


def change(world: World) -> Steps[Change | str]:
    """``LD_PRELOAD`` of Debian's library."""
    settings = (("MALLOC_CONF", "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0"),)
    return (yield from preloaded(world, ("libjemalloc2",), settings))
