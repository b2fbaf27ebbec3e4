"""How many CPU threads this process may really use: affinity and the container's quota, not the host's cores."""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def usable() -> int:
    """``$JETTISON_THREADS``, else the smaller of affinity and quota (rounded up), at least 1."""
    named = os.environ.get("JETTISON_THREADS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    most = quota()
    return max(1, min(cores, math.ceil(most)) if most else cores)


def quota() -> float | None:
    """Cores that the container may use; None without a limit. cgroup version 2, then version 1."""
    try:
        limit, period = (_CGROUP / "cpu.max").read_text().split()
        return None if limit == "max" else int(limit) / int(period)
    except (OSError, ValueError):
        pass
    try:
        limit_us = int((_CGROUP / "cpu/cpu.cfs_quota_us").read_text())
        period_us = int((_CGROUP / "cpu/cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return limit_us / period_us if limit_us > 0 else None
