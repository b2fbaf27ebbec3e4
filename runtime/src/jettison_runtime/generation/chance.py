"""The one source of random numbers. It is not torch's: a seed repeats the answers that it gave here, not torch's.

Python's own generator, so that an image in which nothing else asks for numpy's can do without it (4 MB).
"""

from __future__ import annotations

import random
import threading

import numpy as np
from numpy.typing import NDArray

_lock = threading.Lock()
_generator = random.Random()  # noqa: S311  # words are drawn with it, no secrets


def set_seed(seed: int) -> None:
    """Start the random numbers over."""
    with _lock:
        _generator.seed(seed)


def uniform(count: int) -> NDArray[np.float64]:
    """Numbers from 0 up to 1."""
    with _lock:
        return np.array([_generator.random() for _ in range(count)], np.float64)
