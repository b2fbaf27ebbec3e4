"""What a running service keeps (an agent inside it, requests in equal batches, a verdict) and takes (its envelope)."""

from __future__ import annotations

from .admission import Admission
from .agents import injected
from .driving import soaked
from .endpoints import Endpoint, endpoints
from .envelopes import COARSE, MEASURED, EnvelopePlan, envelope
from .memray_folder import memray_folder
from .plan import QUICK, SOAK, Plan, of_requests
from .series import NOT_FOUND
from .sources import Sources
from .tracing import Tracer, traced
from .trials import trial, wider
from .trying import Effort, tried

__all__ = [
    "COARSE",
    "MEASURED",
    "NOT_FOUND",
    "QUICK",
    "SOAK",
    "Admission",
    "Effort",
    "Endpoint",
    "EnvelopePlan",
    "Plan",
    "Sources",
    "Tracer",
    "endpoints",
    "envelope",
    "injected",
    "memray_folder",
    "of_requests",
    "soaked",
    "traced",
    "trial",
    "tried",
    "wider",
]
