"""How thoroughly to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Counts and limits of one comparison."""

    cold_starts: int
    """Fresh processes per subject; the last one stays for the rest."""
    window: int
    """Requests a warm-up window, at most."""
    windows: int
    """Most warm-up windows before the subject is called unstable."""
    block: int
    """Requests a block, at most: one subject's share of an interleaved round."""
    rounds: int
    """Interleaved rounds at least; an odd number has a middle one."""
    samples: int
    """Latency samples a subject that are aimed at: 662 earn a p99."""
    speed_seconds: float
    """What the speed rounds may take together, unless `rounds` of a single request each take longer."""
    window_seconds: float = 10.0
    """What a warm-up window may take, unless its fewest requests take longer."""


SELECTION = Plan(cold_starts=1, window=20, windows=12, block=20, rounds=11, samples=440, speed_seconds=40)
"""To choose among candidates."""
PROOF = Plan(cold_starts=5, window=20, windows=15, block=20, rounds=15, samples=700, speed_seconds=60)
"""For what ships."""
CLOSE = Plan(cold_starts=1, window=20, windows=12, block=20, rounds=45, samples=1800, speed_seconds=180)
"""For near equals, where the usual rounds did not tell."""
QUICK = Plan(cold_starts=1, window=10, windows=5, block=10, rounds=5, samples=50, speed_seconds=5)
"""A coarse answer."""
