"""What serving code uses of ``torch.nn.functional``."""

from __future__ import annotations

from jettison_runtime.tensors import Tensor

__all__ = ["cosine_similarity", "log_softmax", "normalize", "sigmoid", "softmax"]


def softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """Probabilities along a dimension; without one, along that which torch takes, with a warning, for old code."""
    return input.softmax(_chosen(input, dim))


def log_softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """Logarithms of probabilities along a dimension."""
    return input.log_softmax(_chosen(input, dim))


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x)."""
    return input.sigmoid()


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """Vectors of length 1 along a dimension; those shorter than `eps` are divided by `eps`."""
    return input / input.norm(p, dim, keepdim=True).clamp(min=eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Cosines between vectors along a dimension; of vectors that are at least `eps` long."""
    return (normalize(x1, dim=dim, eps=eps) * normalize(x2, dim=dim, eps=eps)).sum(dim)


def _chosen(input: Tensor, dim: int | None) -> int:
    """torch's ``_get_softmax_dim``."""
    return dim if dim is not None else 0 if input.ndim in (0, 1, 3) else 1
