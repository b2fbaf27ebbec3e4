"""What a running service keeps (an agent inside it, requests in equal batches, a verdict) and takes (its envelope)."""

from __future__ import annotations

from .admission import Admission
from .agents import injected
from .driving import soaked
from .endpoints import Endpoint, endpoints
from .envelopes import COARSE, MEASURED, EnvelopePlan, envelope
from .plan import QUICK, SOAK, Plan, of_requests
from .trials import trial, wider
from .verdicts import NOT_FOUND

__all__ = [
    "COARSE",
    "MEASURED",
    "NOT_FOUND",
    "QUICK",
    "SOAK",
    "Admission",
    "Endpoint",
    "EnvelopePlan",
    "Plan",
    "endpoints",
    "envelope",
    "injected",
    "of_requests",
    "soaked",
    "trial",
    "wider",
]
