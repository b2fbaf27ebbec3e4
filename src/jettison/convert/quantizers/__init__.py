"""How the products of a model are stored and computed: a quantizer a file.

A quantizer writes the nodes that multiply by a trained matrix. It knows nothing of architectures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from . import blocks4, blocks8, channels8, float16, float32, rows8
from .inputs import UNKNOWN, Inputs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.architectures.graph import Graph

__all__ = ["QUANTIZERS", "UNKNOWN", "Inputs", "Quantizer"]


class Quantizer(Protocol):
    """A module of this shelf."""

    NAME: str
    KERNEL_BITS: int
    """Width of the block product that needs a fast kernel on this CPU; 0 when none is needed."""

    def product(
        self,
        graph: Graph,
        x: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32] | None = None,
        *,
        inputs: Inputs = UNKNOWN,
    ) -> str:
        """``x @ weight.T + bias``: weight [N, K] as trained, x [..., K], result [..., N]; x [rows, K] with a bias.

        :param inputs: of x, for those that make use of it.
        """
        ...

    def lookup(self, graph: Graph, ids: str, table: NDArray[np.float32]) -> str:
        """Rows of the table [V, D] for ids [...]: the result [..., D]."""
        ...

    def head(self, graph: Graph, x: str, table: NDArray[np.float32], name: str) -> str:
        """``x @ table.T``, called `name`, with the very bytes that `lookup` reads: x [B, D], table [V, D]: [B, V]."""
        ...


QUANTIZERS: list[Quantizer] = [float32, float16, blocks8, channels8, rows8, blocks4]
