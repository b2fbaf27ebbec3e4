"""Bootstrap resamples, always the same ones for one number of items (Efron and Tibshirani, 1993, ch. 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows: TypeAlias = NDArray[np.int64]
    Floats: TypeAlias = NDArray[np.float64]
    Counts: TypeAlias = NDArray[np.uint16]

RESAMPLES = 4000
SEED = 20261123

_PIECE = 2_000_000
"""Numbers that are worked on at a time."""
_KEPT = 12_000_000
"""Weights up to this number are kept for the next candidate: 24 MB."""


def resampled(count: int, statistic: Callable[[Rows], Floats]) -> Floats:
    """The statistic of RESAMPLES bootstrap resamples of `count` rows.

    `statistic` gets row numbers of shape [some, count] and gives back shape [some]; done in pieces to bound memory.
    """
    import numpy as np

    return np.concatenate([statistic(rows) for rows in _rows(count)])


def weighted(count: int, statistic: Callable[[Floats], Floats]) -> Floats:
    """The same for statistics of how often each row was drawn.

    `statistic` gets weights of shape [some, count], each row with the sum `count`, and gives back shape [some].
    """
    import numpy as np

    pieces = _kept_weights(count) if RESAMPLES * count <= _KEPT else _weights(count)
    return np.concatenate([statistic(weights.astype(np.float64)) for weights in pieces])


def ends(spread: Floats, confidence: float, *, sides: int) -> tuple[float, float]:
    """The interval's ends by the percentile method, each of `sides` tails with its share of what is left over."""
    import numpy as np

    tail = 100 * (1 - confidence) / sides
    low, high = np.percentile(spread, [tail, 100 - tail])
    return float(low), float(high)


@lru_cache(maxsize=2)
def _kept_weights(count: int) -> tuple[Counts, ...]:
    return tuple(_weights(count))


def _weights(count: int) -> Iterator[Counts]:
    import numpy as np

    for rows in _rows(count):
        shifted = rows + count * np.arange(len(rows))[:, None]
        drawn = np.bincount(shifted.ravel(), minlength=len(rows) * count)
        yield drawn.reshape(len(rows), count).astype(np.uint16)


def _rows(count: int) -> Iterator[Rows]:
    import numpy as np

    random = np.random.default_rng(SEED)
    piece = max(1, _PIECE // count)
    for start in range(0, RESAMPLES, piece):
        yield random.integers(0, count, size=(min(piece, RESAMPLES - start), count))
