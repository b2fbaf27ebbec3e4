"""mimalloc in the place of malloc."""

from __future__ import annotations

from jettison.records import Steps

from .preloading import preloaded
from .world import Change, World

NAME = "mimalloc"
SAYS = "mimalloc in the place of malloc"


def change(world: World) -> Steps[Change | str]:
    """``LD_PRELOAD`` of Debian's library."""
    return (yield from preloaded(world, ("libmimalloc3", "libmimalloc2.0", "libmimalloc1.0")))
