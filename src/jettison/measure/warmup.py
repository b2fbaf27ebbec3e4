"""Warm-up by evidence: until three windows in a row agree, not for a number of requests that somebody guessed."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.records import Request
from jettison.replay.service import Running
from jettison.statistics import median

_AGREEING = 3
_WITHIN = 0.10


def settled(windows: Sequence[float]) -> bool:
    """Whether the last three medians lie within 10 % of their mean."""
    last = windows[-_AGREEING:]
    mean = sum(last) / len(last) if last else 0.0
    return len(last) == _AGREEING and all(abs(value - mean) <= _WITHIN * mean for value in last)


def warmed_up(
    service: Running, requests: Sequence[Request], *, window: int, windows: int
) -> tuple[tuple[float, ...], bool]:
    """Ask until it has settled; gives back all latencies in seconds, and whether it did settle."""
    samples: list[float] = []
    medians: list[float] = []
    while len(medians) < windows and not settled(medians):
        start = len(samples)
        latencies = [service.ask(requests[(start + i) % len(requests)])[0] for i in range(window)]
        samples += latencies
        medians.append(median(latencies))
    return tuple(samples), settled(medians)
