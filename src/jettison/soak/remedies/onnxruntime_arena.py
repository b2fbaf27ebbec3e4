"""ONNX Runtime without an arena of its own, which keeps what the largest request needed for ever."""

from __future__ import annotations

from collections.abc import Generator

from jettison.records import Progress

from .world import Change, World

NAME = "onnxruntime-arena"
SAYS = "ONNX Runtime asks malloc for each tensor, and malloc gives back what is over 128 KiB"


def change(world: World) -> Generator[Progress, None, Change | str]:
    """``JETTISON_ARENA``, which jettison's runtime reads, with glibc's settings: what is let go shall not stay."""
    yield from ()
    if not world.has_onnxruntime:
        return "the service does not run on jettison's runtime"
    settings = (("MALLOC_ARENA_MAX", "2"), ("MALLOC_TRIM_THRESHOLD_", "131072"))
    return Change(environment=(("JETTISON_ARENA", "off"), *settings))
