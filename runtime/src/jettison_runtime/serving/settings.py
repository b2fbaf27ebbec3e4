"""What a server is told: flags, for each an environment variable, and what the model's certificate says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MB = 1_000_000
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set. Sizes in bytes, times in seconds."""

    folder: Path
    name: str = ""
    """As clients call the model; empty: what the manifest calls it."""
    host: str = ""
    """Empty: every address, of IPv4 and of IPv6."""
    port: int = 8080
    grpc_port: int | None = None
    """For gRPC beside HTTP; None: there is none."""
    threads: int | None = None
    """CPU threads for one inference; None: what affinity and the container's quota allow."""
    batch_rows: int | None = None
    """Rows of several requests that are computed together; None: what warm-up measures to be best; 1: never."""
    max_body_bytes: int = 16 * MB
    max_rows: int = 64
    """Rows (texts, pictures, …) of one request."""
    max_pixels: int = 25 * MB
    """Of a picture, before it is decoded."""
    max_sound_seconds: float = 60.0
    max_queue: int = 64
    """Requests that may wait for the model."""
    max_held_bytes: int = 64 * MB
    """Bytes of all bodies that are held or being read."""
    max_age_seconds: float = 5.0
    """A request that has waited so long for the model is shed."""
    max_connections: int = 1024
    timeout_seconds: float = 30.0
    """The deadline of a request that names none, and the latest that one may name."""
    read_seconds: float = 10.0
    """A request has to arrive whole within that time."""
    keep_alive_seconds: float = 75.0
    grace_seconds: float = 5.0
    """After SIGTERM: how long requests are still taken while readiness already fails."""
    drain_seconds: float = 25.0
    """After that: how long accepted requests may go on."""
    hang_seconds: float = 60.0
    """An inference past its deadline by so much is a hang: the process ends, for the platform to start another."""
    needed_bytes: int = 0
    """Memory that the certificate asks for; under a smaller limit the server does not start. 0: no certificate."""
    allow_nonfinite: bool = False
    """Take NaN and infinities in binary tensors."""
    log_requests: bool = True


CERTIFIED = ("needed_bytes", "max_body_bytes", "max_rows", "max_queue", "max_held_bytes", "batch_rows")
"""What a manifest's ``certificate`` may set, where neither a flag nor the environment does."""


def name_of(given: str) -> str:
    """A name that can stand in a path: the last part of a hub's name or a folder's, without what is odd."""
    return _ODD.sub("-", given.rstrip("/").rsplit("/", 1)[-1]).strip("-.")
