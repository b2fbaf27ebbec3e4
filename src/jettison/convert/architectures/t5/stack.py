"""The parts that encoder and decoder layers have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jettison.checkpoints import Tensors
from jettison.convert.architectures.graph import MICROSOFT, Graph

from .geometry import Geometry

if TYPE_CHECKING:
    from jettison.convert.quantizers import Quantizer

MASKED = -3.4028234663852886e38
"""What transformers adds where a token is masked: the lowest float."""
_ACTIVATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "relu": ("Relu", "", {}),
    "gelu": ("Gelu", MICROSOFT, {}),
    "gelu_new": ("FastGelu", MICROSOFT, {}),
    "silu": ("QuickGelu", MICROSOFT, {"alpha": 1.0}),
}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Writes layers of one T5 into one graph."""

    tensors: Tensors
    shape: Geometry
    graph: Graph
    quantizer: Quantizer

    def product(self, x: str, name: str) -> str:
        """x times the transposed weight of that name."""
        return self.quantizer.product(self.graph, x, self.tensors[name])

    def projections(self, x: str, attention: str) -> list[str]:
        """Query, key and value of a self-attention, from one product."""
        import numpy as np

        weight = np.concatenate([self.tensors[f"{attention}.{part}.weight"] for part in "qkv"])
        all_three = self.quantizer.product(self.graph, x, weight)
        sizes = self.graph.integers(*[self.shape.inner] * 3)
        return self.graph.ops("Split", all_three, sizes, outputs=3, axis=-1)

    def first_norm(self, x: str, name: str) -> str:
        """The norm before the first layer, which has nothing to add."""
        weight = self.graph.constant(self.tensors[name])
        return self.graph.op("SimplifiedLayerNormalization", x, weight, axis=-1, epsilon=self.shape.epsilon)

    def norm(self, x: str, stream: str, name: str, scale: Any = 1) -> tuple[str, str]:
        """Add x to the residual stream and normalise, in one node: the normal form, and the new stream."""
        weight = self.graph.constant(self.tensors[name] * scale)
        normal, _, _, stream = self.graph.ops(
            "SkipSimplifiedLayerNormalization",
            *(x, stream, weight),
            outputs=[f"{name}.normal", "", "", f"{name}.stream"],
            domain=MICROSOFT,
            epsilon=self.shape.epsilon,
        )
        return normal, stream

    def feed_forward(self, x: str, name: str) -> str:
        """The dense part of a layer; the two products of the gated form are one."""
        import numpy as np

        kind, domain, settings = _ACTIVATIONS[self.shape.activation]
        if not self.shape.gated:
            inner = self.graph.op(kind, self.product(x, f"{name}.wi.weight"), domain=domain, **settings)
            return self.product(inner, f"{name}.wo.weight")
        weight = np.concatenate([self.tensors[f"{name}.wi_{part}.weight"] for part in "01"])
        both = self.quantizer.product(self.graph, x, weight)
        halves = self.graph.integers(*[weight.shape[0] // 2] * 2)
        gate, value = self.graph.ops("Split", both, halves, outputs=2, axis=-1)
        gated = self.graph.op("Mul", self.graph.op(kind, gate, domain=domain, **settings), value)
        return self.product(gated, f"{name}.wo.weight")
