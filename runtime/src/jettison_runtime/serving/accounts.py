"""What is counted and logged of one request, however it came."""

from __future__ import annotations

import time
import uuid

from .messages import Refused
from .metrics import OTHER
from .service import Service

CLIENT_GONE = 499
"""As nginx counts it; it is never sent."""


class Account:
    """Of one request."""

    __slots__ = ("route", "started", "status", "why")

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.route = OTHER
        self.status = CLIENT_GONE
        self.why = ""


def refused(service: Service, refusal: Refused, account: Account) -> None:
    """It gets no answer."""
    account.status, account.why = refusal.status, refusal.reason
    if refusal.status in (429, 503):
        service.metrics.shed.add(refusal.reason)


def fault(service: Service, cause: Exception, account: Account) -> Refused:
    """It gets no answer, and the fault is ours: what the client is told."""
    account.status, account.why = 500, uuid.uuid4().hex
    service.log.line("fault", id=account.why, error=repr(cause), route=account.route)
    return Refused(500, f"a fault of the server; the log has more under {account.why}")


def close(service: Service, method: str, account: Account) -> None:
    """Count and log it."""
    took = time.monotonic() - account.started
    service.metrics.requests.add(account.route, str(account.status))
    service.metrics.latency.observe(took, account.route)
    if service.settings.log_requests:
        ms = int(took * 1e6) / 1e3
        if account.why:
            service.log.line(
                "request", method=method, route=account.route, status=account.status, ms=ms, why=account.why
            )
        else:
            service.log.request(method, account.route, account.status, ms)
