"""4-bit blocks: the fastest form for few rows at a time, on a CPU with a kernel for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import blocks
from .blocks import head, lookup
from .inputs import UNKNOWN, Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "4-bit blocks"
KERNEL_BITS = 4


def product(
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    inputs: Inputs = UNKNOWN,
) -> str:
    """MatMulNBits."""
    return blocks.product(graph, x, weight, KERNEL_BITS, bias=bias)
