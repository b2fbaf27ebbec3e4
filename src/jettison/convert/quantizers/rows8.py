"""8 bits with a scale for each output channel, and for each row of activations a scale of its own.

One scale for all activations of a tensor, as DynamicQuantizeMatMul has it, is set by the largest number of any token. A
scale for each token costs a look at every row, and leaves about a third of the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from .channels8 import channels, head, lookup

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "8-bit channels, a scale for each row"
KERNEL_BITS = 0
_MIDDLE, _REACH = 128, 127


def product(graph: Graph, x: str, weight: NDArray[np.float32], bias: NDArray[np.float32] | None = None) -> str:
    """MatMulIntegerToFloat with the scales of rows, x [rows, K]; the bias comes after them."""
    import numpy as np

    values, scales = channels(weight)
    largest = graph.op("ReduceMax", graph.op("Abs", x), axes=[1], keepdims=1)
    # A row of zeros has the scale 0, which turns whatever its integers are into zeros again.
    by_row = graph.op("Mul", largest, graph.number(1 / _REACH))
    flat = graph.op("Reshape", by_row, graph.integers(-1))
    middle = graph.constant(np.array(_MIDDLE, np.uint8))
    middles = graph.op("Expand", middle, graph.op("Shape", flat))
    rows = graph.op("QuantizeLinear", x, flat, middles, axis=0)
    stored = (graph.constant(values.T), by_row, graph.constant(scales), middle)
    found = graph.op("MatMulIntegerToFloat", rows, *stored, domain=MICROSOFT)
    return found if bias is None else graph.op("Add", found, graph.constant(bias))
