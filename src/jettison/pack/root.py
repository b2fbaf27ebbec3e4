"""What a base gives: layers to stand on, and a Python inside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..oci import History
from ..records import Layer


@dataclass(frozen=True, kw_only=True)
class Root:
    """A base, unpacked and as layers. All paths inside are relative to its root."""

    folder: Path
    """Unpacked, in the cache: not to be changed."""
    blobs: Path
    """An OCI layout that holds the layers' blobs."""
    layers: tuple[Layer, ...]
    history: tuple[History, ...]
    """At least one entry a layer."""
    python: str
    """``3.11``."""
    executable: str
    """``usr/bin/python3.11``."""
    site: str
    """Where this Python finds libraries: ``usr/local/lib/python3.11/dist-packages``."""
    standard_library: str
    """``usr/lib/python3.11``."""
    libc: str
    """Version of glibc: ``2.36``."""
    environment: tuple[tuple[str, str], ...]
    label: str
    """``Debian bookworm, 20 packages``."""
    notes: tuple[str, ...] = ()
    lock: bytes = b""
    """What makes the same base again, as JSON; empty for a base that was given."""
    given: bool = False
    """The layers came from elsewhere and are kept byte for byte."""
