"""Tensors as serving code uses them: token ids, masks and scores, with torch's meaning and without torch.

A `Tensor` holds a numpy array and has only what is written here. What torch has and this lacks is an AttributeError or
a TypeError, never numpy's meaning under torch's name. The source of each meaning is torch's documentation; a test
compares the two.
"""

from __future__ import annotations

from .reduced import Found, Reduced

__all__ = ["Found", "Tensor"]


class Tensor(Reduced):
    """Numbers on the CPU, of 64 or 32 bits, float32 or truths."""
