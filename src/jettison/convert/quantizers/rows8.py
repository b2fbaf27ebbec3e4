"""8 bits with a scale for each output channel, and for each row of activations a scale of its own.

One scale for all activations of a tensor, as DynamicQuantizeMatMul has it, is set by the largest number of any token. A
scale for each token costs a look at every row, and leaves about a third of the error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from .channels8 import channels, head, lookup
from .inputs import UNKNOWN, Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "8-bit channels, a scale for each row"
KERNEL_BITS = 0
_MIDDLE, _MOST = 128, 255


def product(
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    inputs: Inputs = UNKNOWN,
) -> str:
    """MatMulIntegerToFloat with the scales of rows, x [rows, K]; the bias comes after them.

    Of numbers on both sides of 0 each side gets one half of the 256 steps. Where `inputs` says how far down they reach,
    they are raised by that much, all steps are for what there is, and the bias takes it back.
    """
    import numpy as np

    values, scales = channels(weight, inputs.seen)
    raised = -inputs.least if inputs.least is not None else 0.0
    if inputs.least is None:
        middle, largest = _MIDDLE, graph.op("ReduceMax", graph.op("Abs", x), axes=[1], keepdims=1)
    else:
        x = graph.op("Add", x, graph.number(raised)) if raised else x
        middle, largest = 0, graph.op("ReduceMax", x, axes=[1], keepdims=1)
        back = np.float32(raised) * scales * values.sum(axis=1, dtype=np.int32).astype(np.float32)
        bias = -back if bias is None else bias - back
    # A row of zeros has the scale 0, which turns whatever its integers are into zeros again.
    by_row = graph.op("Mul", largest, graph.number(1 / (_MOST - middle)))
    flat = graph.op("Reshape", by_row, graph.integers(-1))
    zero = graph.constant(np.array(middle, np.uint8))
    zeros = graph.op("Expand", zero, graph.op("Shape", flat))
    rows = graph.op("QuantizeLinear", x, flat, zeros, axis=0)
    stored = (graph.constant(values.T), by_row, graph.constant(scales), zero)
    found = graph.op("MatMulIntegerToFloat", rows, *stored, domain=MICROSOFT)
    return found if bias is None else graph.op("Add", found, graph.constant(bias))
