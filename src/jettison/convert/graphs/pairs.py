"""The arithmetic of 8-bit kernels without VNNI: unsigned times signed bytes, added two by two in 16 bits.

Source: the instruction ``vpmaddubsw``, by which ONNX Runtime's AVX2 and AVX-512 kernels multiply (MLAS, QgemmU8X8Kernel
and ConvSymKernel): neighbours along the inner dimension make a pair, and a sum beyond 16 bits becomes the nearest
number of 16 bits. Pure arithmetic on arrays; see the tests for cases worked by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Signed = NDArray[np.int8]
    Whole = NDArray[np.int64]

HIGHEST, LOWEST = 2**15 - 1, -(2**15)
_AT_ONCE = 1 << 22
"""Sums that are looked at together."""


def can_saturate(weights: Signed) -> bool:
    """Whether any input could make a pair of these weights [K, N] leave 16 bits."""
    import numpy as np

    first, second = _halves(weights)
    high = 255 * (np.maximum(first, 0) + np.maximum(second, 0))
    low = 255 * (np.minimum(first, 0) + np.minimum(second, 0))
    return bool((high > HIGHEST).any() or (low < LOWEST).any())


def excess(values: Bytes, weights: Signed) -> tuple[int, Whole]:
    """How many sums of two saturate, and what that adds to each result [M, N]: values [M, K], weights [K, N].

    Only the pairs are added up that the largest values of their columns could drive out of 16 bits.
    """
    import numpy as np

    first, second = _halves(weights)
    one, other = _halves(values.T)
    ones, others = one.max(axis=1)[:, None], other.max(axis=1)[:, None]
    high = ones * np.maximum(first, 0) + others * np.maximum(second, 0) > HIGHEST
    low = ones * np.minimum(first, 0) + others * np.minimum(second, 0) < LOWEST
    pairs, columns = np.nonzero(high | low)
    order = np.argsort(columns, kind="stable")
    pairs, columns = pairs[order], columns[order]
    count, found = 0, np.zeros((len(values), weights.shape[1]), np.int64)
    step = max(_AT_ONCE // max(len(values), 1), 1)
    for start in range(0, len(pairs), step):
        pair, column = pairs[start : start + step], columns[start : start + step]
        sums = one[pair] * first[pair, column][:, None] + other[pair] * second[pair, column][:, None]
        beyond = np.clip(sums, LOWEST, HIGHEST) - sums
        count += int(np.count_nonzero(beyond))
        groups = np.flatnonzero(np.diff(column, prepend=-1))
        found[:, column[groups]] += np.add.reduceat(beyond, groups, axis=0).T
    return count, found


def _halves(rows: NDArray[np.generic]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The first and the second row of every pair; a last one without a neighbour has zeros beside it."""
    import numpy as np

    wide = np.pad(rows, ((0, len(rows) % 2), (0, 0))).astype(np.int32)
    return wide[0::2], wide[1::2]
