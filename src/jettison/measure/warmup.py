"""Warm-up by evidence: until three windows in a row agree, not for a number of requests that somebody guessed."""

from __future__ import annotations

from collections.abc import Sequence

from jettison.records import Request
from jettison.replay.service import Running
from jettison.statistics import median

_AGREEING = 3
_WITHIN = 0.10
_FEWEST = 3
"""Requests of a window in any case."""


def settled(windows: Sequence[float]) -> bool:
    """Whether the last three medians lie within 10 % of their mean."""
    last = windows[-_AGREEING:]
    mean = sum(last) / len(last) if last else 0.0
    return len(last) == _AGREEING and all(abs(value - mean) <= _WITHIN * mean for value in last)


def warmed_up(
    service: Running, requests: Sequence[Request], *, window: int, windows: int, window_seconds: float
) -> tuple[tuple[float, ...], bool]:
    """Ask until it has settled; gives back all latencies in seconds, and whether it did settle.

    Every window asks the same requests, spread over all that there are: long ones and short ones are told apart from
    a service that gets faster. Where `window` requests would take longer than `window_seconds`, fewer are asked.
    """
    samples = [service.ask(requests[0])[0]]
    medians: list[float] = []
    count = max(_FEWEST, min(window, int(window_seconds / samples[0])))
    asked = [requests[index * len(requests) // count] for index in range(count)]
    while len(medians) < windows and not settled(medians):
        latencies = [service.ask(request)[0] for request in asked]
        samples += latencies
        medians.append(median(latencies))
    return tuple(samples), settled(medians)
