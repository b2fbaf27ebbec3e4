"""The one source of random numbers. It is not torch's: a seed repeats the answers that it gave here, not torch's."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

_lock = threading.Lock()
_state = {"generator": np.random.default_rng()}


def set_seed(seed: int) -> None:
    """Start the random numbers over."""
    with _lock:
        _state["generator"] = np.random.default_rng(seed)


def uniform(count: int) -> NDArray[np.float64]:
    """Numbers from 0 up to 1."""
    with _lock:
        return _state["generator"].random(count)
