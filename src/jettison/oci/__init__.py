"""OCI images as immutable values: write, read, check, unpack, ask a registry. No daemon, no root."""

from __future__ import annotations

from . import entries
from .archive import docker_archive
from .compression import Compression
from .entries import Entry, tree
from .layers import epoch, timestamp, written
from .layout import create, put_image
from .read import StoredImage, stored
from .reconfigured import with_environment
from .registry import pull, pulled_bytes
from .unpack import unpacked
from .values import Config, Descriptor, History, Platform
from .violations import Violation, check, violations

__all__ = [
    "Compression",
    "Config",
    "Descriptor",
    "Entry",
    "History",
    "Platform",
    "StoredImage",
    "Violation",
    "check",
    "create",
    "docker_archive",
    "entries",
    "epoch",
    "pull",
    "pulled_bytes",
    "put_image",
    "stored",
    "timestamp",
    "tree",
    "unpacked",
    "violations",
    "with_environment",
    "written",
]
