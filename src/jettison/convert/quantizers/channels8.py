"""8 bits with a scale for each output channel, activations quantized as they come: the form for many rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from .blocks import head, lookup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "8-bit channels"
KERNEL_BITS = 0


def product(graph: Graph, x: str, weight: NDArray[np.float32]) -> str:
    """DynamicQuantizeMatMul: symmetric int8 weights, stored transposed."""
    import numpy as np

    scales = np.maximum(np.abs(weight).max(axis=1) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    values = np.clip(np.rint(weight / scales[:, None]), -127, 127).astype(np.int8)
    return graph.op("DynamicQuantizeMatMul", x, graph.constant(values.T), graph.constant(scales), domain=MICROSOFT)
