"""8 bits with a scale for each output channel, activations quantized as they come: the form for many rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jettison.convert.architectures.graph import MICROSOFT

from . import float16
from .blocks import stays_float

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["KERNEL_BITS", "NAME", "head", "lookup", "product"]

NAME = "8-bit channels"
KERNEL_BITS = 0


def product(graph: Graph, x: str, weight: NDArray[np.float32], name: str = "") -> str:
    """DynamicQuantizeMatMul: symmetric int8 weights, stored transposed."""
    values, scales = _channels(weight)
    return graph.op(
        "DynamicQuantizeMatMul", x, graph.constant(values.T), graph.constant(scales), domain=MICROSOFT, name=name
    )


def lookup(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Columns of the transposed table that `head` multiplies by, turned back into floats after they are picked."""
    if stays_float(table):
        return float16.lookup(graph, ids, table)
    values, scales = _channels(table)
    # Eight bits a value: what is picked is turned, not the table.
    picked = graph.op("Transpose", graph.op("Gather", graph.constant(values.T), ids, axis=1), perm=[1, 2, 0])
    scale = graph.op("Unsqueeze", graph.op("Gather", graph.constant(scales), ids), graph.integers(-1))
    return graph.op("Mul", graph.op("Cast", picked, to=1), scale)


def head(graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
    """The product with the table of `lookup`, a token a channel."""
    return float16.head(graph, x, table, name) if stays_float(table) else product(graph, x, table, name)


def _channels(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Values [N, K] and scales [N]."""
    import numpy as np

    scales = np.maximum(np.abs(weight).max(axis=1) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return np.clip(np.rint(weight / scales[:, None]), -127, 127).astype(np.int8), scales
