"""How long to soak."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Counts and limits for one endpoint."""

    warmup: int = 100
    """Requests for each process before anything counts, at least; two rounds of the mix in any case."""
    batches: int = 24
    """Readings of one stage."""
    batch: int = 25
    """Requests between two readings of the first stage."""
    doublings: int = 3
    """Stages that may follow, each as long as all before it, while the growth may yet end or is not certain."""
    stage_seconds: float = 30.0
    """A third or later stage that would take longer is not begun."""
    idle: int = 6
    """Readings with nothing asked in between: six that rise are no accident, fewer may be."""
    new: int = 600
    """Requests that bring something new, at most."""

    @property
    def requests(self) -> int:
        """Repeated requests of the first stage."""
        return self.batches * self.batch


SOAK = Plan()
"""600 requests to see a leak, up to 4,800 to see whether it ends."""
QUICK = Plan(warmup=60, batches=18, batch=10, doublings=1, stage_seconds=5.0, new=60)
"""A coarse answer."""


def of_requests(requests: int) -> Plan:
    """As thorough as ever, with so many requests in the first stage."""
    return Plan(batch=max(1, requests // Plan.batches), warmup=max(20, min(Plan.warmup, requests)))
