"""``tf.nn``: what makes scores of logits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .eager import EagerTensor, array_of

__all__ = ["sigmoid", "softmax"]


def softmax(logits: Any, axis: int = -1) -> EagerTensor:
    """Shares that add up to 1 along a dimension."""
    numbers = _fractions(logits)
    powers = np.exp(numbers - numbers.max(axis=axis, keepdims=True))
    return EagerTensor(powers / powers.sum(axis=axis, keepdims=True))


def sigmoid(x: Any) -> EagerTensor:
    """1 / (1 + exp(-x))."""
    numbers = _fractions(x)
    small = np.exp(-np.abs(numbers))
    return EagerTensor(np.where(numbers >= 0, 1 / (1 + small), small / (1 + small)).astype(numbers.dtype))


def _fractions(value: Any) -> NDArray[Any]:
    numbers = array_of(value)
    if numbers.dtype.kind != "f":
        raise TypeError(f"this is computed of numbers with fractions, not of {numbers.dtype}")
    return numbers
