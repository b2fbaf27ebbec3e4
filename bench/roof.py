"""The memory roof: how many bytes a second one core of this machine reads, by the widest loop that numpy has."""

from __future__ import annotations

import time

_VALUES = 64 << 20
"""Of 4 bytes, twice: far beyond any cache."""


def read_bytes_per_second(rounds: int = 9) -> float:
    """The best of some rounds of a dot product of two vectors of 256 MB with one thread."""
    import numpy as np

    one, other = np.ones(_VALUES, np.float32), np.ones(_VALUES, np.float32)
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        float(np.dot(one, other))
        best = min(best, time.perf_counter() - started)
    return (one.nbytes + other.nbytes) / best


if __name__ == "__main__":
    print(read_bytes_per_second())
