"""What serving code uses of ``torch.nn``: functions, and the layers that are nothing but a function."""

from __future__ import annotations

from jettison_runtime.tensors import Tensor

from . import functional

__all__ = ["CosineSimilarity", "Sigmoid", "Softmax", "functional"]


class Softmax:
    """Probabilities along a dimension."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def __call__(self, input: Tensor) -> Tensor:
        """See `functional.softmax`."""
        return functional.softmax(input, self.dim)


class Sigmoid:
    """1 / (1 + e^-x)."""

    def __call__(self, input: Tensor) -> Tensor:
        """See `functional.sigmoid`."""
        return input.sigmoid()


class CosineSimilarity:
    """Cosines between vectors along a dimension."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        self.dim, self.eps = dim, eps

    def __call__(self, x1: Tensor, x2: Tensor) -> Tensor:
        """See `functional.cosine_similarity`."""
        return functional.cosine_similarity(x1, x2, self.dim, self.eps)
