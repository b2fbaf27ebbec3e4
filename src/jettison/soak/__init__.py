"""Finds what a running service keeps of every request: an agent inside it, requests in equal batches, a verdict."""

from __future__ import annotations

from .driving import soaked
from .endpoints import Endpoint, endpoints
from .plan import QUICK, SOAK, Plan, of_requests

__all__ = ["QUICK", "SOAK", "Endpoint", "Plan", "endpoints", "of_requests", "soaked"]
