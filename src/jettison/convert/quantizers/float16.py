"""16-bit floats on disk, 32-bit floats in the computation: half the bytes at a loss that is hard to measure.

ONNX Runtime turns the weights into 32-bit floats once, when it loads them; no x86 kernel of it multiplies in 16 bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inputs import UNKNOWN, Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

NAME = "fp16"
KERNEL_BITS = 0
_FLOAT32 = 1


def product(
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    inputs: Inputs = UNKNOWN,
) -> str:
    """A MatMul with the widened weight; a Gemm where there is a bias, which stays as it is."""
    widened = _widened(graph, graph.constant(_narrow(weight.T)))
    return graph.op("MatMul", x, widened) if bias is None else graph.op("Gemm", x, widened, graph.constant(bias))


def lookup(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """Rows are widened after they are picked."""
    return _widened(graph, graph.op("Gather", graph.constant(_narrow(table)), ids))


def head(graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
    """A Gemm with the widened table: the same bytes of the weights file as `lookup` reads."""
    return graph.op("Gemm", x, _widened(graph, graph.constant(_narrow(table))), name=name, transB=1)


def _narrow(array: NDArray[np.float32]) -> NDArray[np.float16]:
    """Nearest 16-bit float; what is too large becomes the largest one, not infinity."""
    import numpy as np

    largest = np.finfo(np.float16).max
    return np.clip(array, -largest, largest).astype(np.float16)


def _widened(graph: Graph, name: str) -> str:
    return graph.op("Cast", name, to=_FLOAT32)
