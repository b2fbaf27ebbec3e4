"""Packs a service into a small OCI image, without a container daemon and without root."""

from __future__ import annotations

from .assembly import image
from .compiled import Compiled, compiled
from .sinks import SINKS

__all__ = ["SINKS", "Compiled", "compiled", "image"]
