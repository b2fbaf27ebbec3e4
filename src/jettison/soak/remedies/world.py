"""What a remedy knows of the service, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jettison.sandbox.container import Mount
from jettison.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class World:
    """A service that was started once."""

    root: Path
    """Of its file system; ``/`` for the host's."""
    allocator: str
    """``glibc`` or ``jemalloc``; empty for one that is not known."""
    has_onnxruntime: bool
    workspace: Workspace


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is different for a trial."""

    environment: tuple[tuple[str, str], ...]
    mounts: tuple[Mount, ...] = ()
    added_bytes: int = 0


def needs_glibc(world: World) -> str:
    """Why settings of glibc's malloc do nothing here; empty where they do."""
    return "" if world.allocator == "glibc" else "the service does not run on glibc's malloc"
