"""8 bits with a scale for each output channel, activations quantized as they come: the form for many rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from . import float16
from .blocks import stays_float
from .inputs import UNKNOWN, Inputs
from .rounding import compensated, nearest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "8-bit channels"
KERNEL_BITS = 0


def product(
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    inputs: Inputs = UNKNOWN,
) -> str:
    """DynamicQuantizeMatMul: symmetric int8 weights, stored transposed."""
    values, scales = channels(weight, inputs.seen)
    added = () if bias is None else ("", graph.constant(bias))
    stored = (graph.constant(values.T), graph.constant(scales))
    return graph.op("DynamicQuantizeMatMul", x, *stored, *added, domain=MICROSOFT)


def lookup(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Rows of the table that `head` multiplies by, turned back into floats after they are picked."""
    if stays_float(table):
        return float16.lookup(graph, ids, table)
    values, scales = channels(table)
    picked = graph.op("Cast", graph.op("Gather", graph.constant(values), ids), to=1)
    return graph.op(
        "Mul", picked, graph.op("Unsqueeze", graph.op("Gather", graph.constant(scales), ids), graph.integers(-1))
    )


def head(graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
    """The product with the table of `lookup`, a token a channel.

    QGemm computes what DynamicQuantizeMatMul does, and takes the table as it lies.
    """
    import numpy as np

    if stays_float(table):
        return float16.head(graph, x, table, name)
    values, scales = channels(table)
    quantized = graph.ops("DynamicQuantizeLinear", x, outputs=3)
    middle = graph.constant(np.zeros(len(scales), np.int8))
    weights = (graph.constant(values), graph.constant(scales), middle)
    return graph.op("QGemm", *quantized, *weights, domain=MICROSOFT, name=name, transB=1)


def channels(
    weight: NDArray[np.float32], seen: NDArray[np.float32] | None = None
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Of a matrix [N, K] values [N, K] and scales [N].

    :param seen: numbers [rows, K] that it was multiplied with, products with which stay as they were.
    """
    import numpy as np

    scales = np.maximum(np.abs(weight).max(axis=1) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return (nearest(weight, scales) if seen is None else compensated(weight, scales, seen)), scales
