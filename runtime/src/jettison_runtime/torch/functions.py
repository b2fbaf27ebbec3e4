"""torch's functions on tensors, each the method of the same name, and joining several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.number_formats import torchs_errors
from jettison_runtime.tensors import Found, Tensor


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """One behind the other."""
    return _joined(tensors, np.concatenate, dim)


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Beside each other, along a new dimension."""
    return _joined(tensors, np.stack, dim)


def softmax(input: Tensor, dim: int) -> Tensor:
    """Probabilities along a dimension."""
    return input.softmax(dim)


def where(condition: Tensor) -> tuple[Tensor, ...]:
    """The places at which a condition holds: a tensor for each dimension."""
    found: tuple[Tensor, ...] = condition.nonzero(as_tuple=True)
    return found


def argmax(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The place of the largest element."""
    return input.argmax(dim, keepdim)


def argsort(input: Tensor, dim: int = -1, descending: bool = False) -> Tensor:
    """The places of the elements in their order along a dimension."""
    return input.argsort(dim, descending)


def sort(input: Tensor, dim: int = -1, descending: bool = False) -> Found:
    """The elements in their order along a dimension, with their places."""
    return input.sort(dim, descending)


def max(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The largest of all elements; or along a dimension, with their places."""
    return input.max(dim, keepdim)


def min(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest of all elements; or along a dimension, with their places."""
    return input.min(dim, keepdim)


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True) -> Found:
    """The largest elements along a dimension with their places, largest first."""
    return input.topk(k, dim, largest)


def sum(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """The sum of all elements, or along dimensions."""
    return input.sum(dim, keepdim)


def mean(input: Tensor, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """The mean of scores."""
    return input.mean(dim, keepdim)


def norm(input: Tensor, p: Any = 2, dim: int | Sequence[int] | None = None, keepdim: bool = False) -> Tensor:
    """The Euclidean length of vectors of scores."""
    return input.norm(p, dim, keepdim)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Within these bounds."""
    return input.clamp(min, max)


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The product of matrices, or of vectors."""
    return input.matmul(other)


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices.

    :raises RuntimeError: something else than two matrices.
    """
    if input.ndim != 2 or mat2.ndim != 2:
        raise RuntimeError("mm is of two matrices")
    return input.matmul(mat2)


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """Logarithms of probabilities along a dimension."""
    return input.log_softmax(dim)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
    return input.sigmoid()


def exp(input: Tensor) -> Tensor:
    """e to the power of each."""
    return input.exp()


def log(input: Tensor) -> Tensor:
    """Natural logarithms."""
    return input.log()


def sqrt(input: Tensor) -> Tensor:
    """Square roots."""
    return input.sqrt()


def abs(input: Tensor) -> Tensor:
    """Without signs."""
    return input.abs()


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """To the nearest, a half to the even one."""
    return input.round(decimals=decimals)


def squeeze(input: Tensor, dim: int | None = None) -> Tensor:
    """Without dimensions of length 1."""
    return input.squeeze(dim)


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a new dimension of length 1."""
    return input.unsqueeze(dim)


def _joined(parts: Sequence[Tensor], join: Callable[..., NDArray[Any]], dim: int) -> Tensor:
    """Tensors of one number format as one.

    :raises TypeError: their formats differ, where torch would choose one.
    """
    formats = {part.dtype for part in parts}
    if len(formats) > 1:
        raise TypeError(f"tensors of different number formats are not joined here: {sorted(map(repr, formats))}")
    with torchs_errors():
        return Tensor(join([part.numpy() for part in parts], axis=dim))
