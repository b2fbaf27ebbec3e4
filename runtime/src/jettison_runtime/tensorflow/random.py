"""``tf.random``: nothing is drawn."""

from __future__ import annotations

__all__ = ["set_seed"]


def set_seed(seed: int) -> None:
    """Of random numbers that a network in inference has no use for."""
