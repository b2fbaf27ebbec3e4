"""No quantization: 32-bit floats as trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inputs import UNKNOWN, Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

NAME = "fp32"
KERNEL_BITS = 0


def product(
    graph: Graph,
    x: str,
    weight: NDArray[np.float32],
    bias: NDArray[np.float32] | None = None,
    *,
    inputs: Inputs = UNKNOWN,
) -> str:
    """A plain MatMul, or a Gemm with the bias; the weight is stored transposed, as the kernel wants it."""
    stored = graph.constant(weight.T)
    return graph.op("MatMul", x, stored) if bias is None else graph.op("Gemm", x, stored, graph.constant(bias))


def lookup(graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
    """A plain Gather."""
    return graph.op("Gather", graph.constant(table), ids)


def head(graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
    """Gemm reads the table as it lies, so tied weights are stored once."""
    return graph.op("Gemm", x, graph.constant(table), name=name, transB=1)
