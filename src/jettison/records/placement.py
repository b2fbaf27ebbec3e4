"""A service as a platform is told of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Placement:
    """What runs, what it needs, and how its health is asked. Every size was measured, or given by hand."""

    name: str
    """As found; a platform makes its own kind of name of it."""
    image: str
    """What the platform pulls: ``registry.example/pronounce:1``."""
    port: int
    command: tuple[str, ...] = ()
    """In place of the image's own; empty: the image's own."""
    environment: tuple[tuple[str, str], ...] = ()
    peak_bytes: int
    """Largest memory that was seen, of the whole process tree: what is asked for."""
    limit_bytes: int
    """Where the platform may end it."""
    cores: int
    """That it was measured on: what is asked for, and its threads."""
    at_once: int
    """Requests that one replica takes at a time before another one is started."""
    live: str = ""
    """Path that answers 200 while the process is sound; empty: only the port is tried."""
    ready: str = ""
    """Path that answers 200 while requests are answered; empty: only the port is tried."""
    start_seconds: float
    """From the start of the process to the first answer."""
    stop_seconds: int = 35
    """How long it may take to end in order."""
    user: int = 65532
    most_replicas: int = 10
    sources: tuple[str, ...] = ()
    """Where the figures come from, a sentence each."""
