"""The graph of an encoder up to its last layer: rows of tokens, with attention alone seeing which text they belong to.

Three things are done otherwise than in the paper, with the same result:

- What is added to every key moves all scores of a query by the same amount, which softmax does not see: keys have no
  bias. What is added to every value is added to every mixture of them: it goes into the bias behind attention.
- Attention is asked without a mask where no token is padding: ONNX Runtime has a faster kernel for that.
- A head that reads the first token alone is given the first token alone by the last layer.

A sum and a norm are two nodes: ONNX Runtime's ``SkipLayerNormalization`` takes five times as long as both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jettison.convert.architectures.graph import MICROSOFT, Graph

from .geometry import Geometry
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.forms import Form

    Floats = NDArray[np.float32]

_MASKED = -3.4028234663852886e38
_ACTIVATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "gelu": ("Gelu", MICROSOFT, {}),
    "gelu_new": ("FastGelu", MICROSOFT, {}),
    "gelu_pytorch_tanh": ("FastGelu", MICROSOFT, {}),
    "gelu_fast": ("FastGelu", MICROSOFT, {}),
    "relu": ("Relu", "", {}),
    "silu": ("QuickGelu", MICROSOFT, {"alpha": 1.0}),
    "swish": ("QuickGelu", MICROSOFT, {"alpha": 1.0}),
    "tanh": ("Tanh", "", {}),
}


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Writes one encoder into one graph. Everywhere ``rows`` stands for batch * tokens."""

    weights: Weights
    graph: Graph
    form: Form

    @property
    def shape(self) -> Geometry:
        """Of the model."""
        return self.weights.shape

    def hidden(self) -> str:
        """The last layer's output: [rows, width], or [batch, width] where only the first token is asked for."""
        padded = self._padded()
        x = self._embedded()
        for number in range(self.weights.count):
            last = number + 1 == self.weights.count
            x = self._layer(x, number, padded, first_only=last and self.shape.task == "text-classification")
        return x

    def dense(self, x: str, part: str) -> str:
        """A small product with its bias, in floats: x [rows, inputs] to [rows, outputs]."""
        return self.form.floats.product(self.graph, x, *self.weights[part])

    def activated(self, x: str, kind: str) -> str:
        """The activation of that name in transformers."""
        name, domain, settings = _ACTIVATIONS[kind]
        return self.graph.op(name, x, domain=domain, **settings)

    def norm(self, x: str, part: str) -> str:
        """Layer normalisation of each row."""
        weight, bias = self.weights[part]
        graph = self.graph
        return graph.op(
            "LayerNormalization", x, graph.constant(weight), graph.constant(bias), axis=-1, epsilon=self.shape.epsilon
        )

    def by_token(self, x: str, width: int) -> str:
        """[rows, width] as [batch, tokens, width]."""
        sizes = self.graph.op("Concat", self.graph.op("Shape", "input_ids"), self.graph.integers(width), axis=0)
        return self.graph.op("Reshape", x, sizes)

    def first_token(self, x: str) -> str:
        """Of [rows, width] the first token of each text: [batch, width]."""
        return self.graph.op("Gather", self.by_token(x, self.shape.width), self.graph.scalar(0), axis=1)

    def _padded(self) -> str:
        """Whether any token of the batch is padding."""
        graph = self.graph
        least = graph.op("ReduceMin", "attention_mask", keepdims=0)
        return graph.op("Not", graph.op("Cast", least, to=_BOOL))

    def _embedded(self) -> str:
        import numpy as np

        graph, shape, weights, form = self.graph, self.shape, self.weights, self.form
        position = weights.table("position")
        if shape.types == 1:
            position = position + weights.table("token_type")
        x = form.encoder.lookup(graph, "input_ids", weights.table("word"))
        x = graph.op("Add", x, form.floats.lookup(graph, self._places(), position))
        if shape.types > 1:
            x = graph.op("Add", x, form.floats.lookup(graph, "token_type_ids", weights.table("token_type")))
        rows = graph.op("Reshape", x, graph.constant(np.array([-1, shape.embedding], np.int64)))
        rows = self.norm(rows, weights.encoder(shape.family.norm))
        if shape.projected:
            rows = self._product(rows, *weights[weights.encoder(shape.family.projection)])
        return rows

    def _places(self) -> str:
        """Rows of the position table: [tokens], or [batch, tokens] where the family counts them."""
        graph, shape = self.graph, self.shape
        if not shape.family.counts_positions:
            length = graph.op("Gather", graph.op("Shape", "input_ids"), graph.scalar(1))
            return graph.op("Range", graph.scalar(0), length, graph.scalar(1))
        padding = graph.scalar(shape.padding)
        real = graph.op("Cast", graph.op("Not", graph.op("Equal", "input_ids", padding)), to=_INT64)
        counted = graph.op("Mul", graph.op("CumSum", real, graph.scalar(1)), real)
        return graph.op("Add", counted, padding)

    def _layer(self, x: str, number: int, padded: str, *, first_only: bool) -> str:
        layer, graph = self.weights.layer(number), self.graph
        out, out_bias = self.weights[layer.out]
        mixed = self._attention(x, number, padded, first_only=first_only)
        if first_only:
            x = self.first_token(x)
        _, value_bias = self.weights[layer.value]
        added = self._product(mixed, out, out_bias + out @ value_bias)
        x = self.norm(graph.op("Add", x, added), layer.out_norm)
        inner = self.activated(self._product(x, *self.weights[layer.up]), self.shape.activation)
        added = self._product(inner, *self.weights[layer.down])
        return self.norm(graph.op("Add", x, added), layer.down_norm)

    def _attention(self, x: str, number: int, padded: str, *, first_only: bool) -> str:
        """Mixtures of values, [rows, width] or [batch, width]."""
        import numpy as np

        layer, graph, width = self.weights.layer(number), self.graph, self.shape.width
        query, query_bias = self.weights[layer.query]
        key, value = self.weights[layer.key][0], self.weights[layer.value][0]
        if first_only:
            asked = self._product(self.first_token(x), query, query_bias)
            asked = graph.op("Unsqueeze", asked, graph.integers(1))
            both = self._product(x, np.concatenate([key, value]), None)
            known = graph.ops("Split", both, graph.integers(width, width), outputs=2, axis=-1)
        else:
            bias = np.concatenate([query_bias, np.zeros(2 * width, np.float32)])
            three = self._product(x, np.concatenate([query, key, value]), bias)
            parts = graph.ops("Split", three, graph.integers(width, width, width), outputs=3, axis=-1)
            asked, known = self.by_token(parts[0], width), parts[1:]
        given = (asked, *(self.by_token(each, width) for each in known))
        settings: dict[str, Any] = {"domain": MICROSOFT, "num_heads": self.shape.heads, "mask_filter_value": _MASKED}
        mixed = graph.either(
            padded,
            lambda branch: branch.op("MultiHeadAttention", *given, "", "attention_mask", **settings),
            lambda branch: branch.op("MultiHeadAttention", *given, **settings),
        )
        return graph.op("Reshape", mixed, graph.integers(-1, width))

    def _product(self, x: str, weight: Floats, bias: Floats | None) -> str:
        return self.form.encoder.product(self.graph, x, weight, bias)


_BOOL, _INT64 = 9, 7
"""ONNX's numbers for these types."""
