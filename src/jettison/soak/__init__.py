"""Finds what a running service keeps of every request: an agent inside it, requests in equal batches, a verdict."""

from __future__ import annotations

from .driving import soaked
from .endpoints import Endpoint, endpoints
from .memray_folder import memray_folder
from .plan import QUICK, SOAK, Plan, of_requests
from .series import NOT_FOUND
from .sources import Sources
from .tracing import Tracer, traced
from .trying import Effort, tried

__all__ = [
    "NOT_FOUND",
    "QUICK",
    "SOAK",
    "Effort",
    "Endpoint",
    "Plan",
    "Sources",
    "Tracer",
    "endpoints",
    "memray_folder",
    "of_requests",
    "soaked",
    "traced",
    "tried",
]
