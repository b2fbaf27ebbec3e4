"""The graph of an encoder up to its last layer: rows of tokens, with attention alone seeing which text they belong to.

Three things are done otherwise than in the paper, with the same result:

- What is added to every key moves all scores of a query by the same amount, which softmax does not see: keys have no
  bias. What is added to every value is added to every mixture of them: it goes into the bias behind attention.
- Attention is asked without a mask where no token is padding: ONNX Runtime has a faster kernel for that.
- A head that reads the first token alone is given the first token alone by the last layer.

A sum and a norm are two nodes: ONNX Runtime's ``SkipLayerNormalization`` takes five times as long as both. Where a form
is balanced (`balance`), rows stand for other numbers than their own, and the weights around them know of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jettison.convert.architectures.graph import MICROSOFT, Graph
from jettison.convert.quantizers import UNKNOWN, Inputs

from .balance import Balance
from .geometry import Geometry
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.forms import Form

    Floats = NDArray[np.float32]

_MASKED = -3.4028234663852886e38
_LEAST: dict[str, float] = {
    "gelu": -0.17,
    "gelu_new": -0.1701,
    "gelu_pytorch_tanh": -0.1701,
    "gelu_fast": -0.1701,
    "relu": 0.0,
    "silu": -0.2785,
    "swish": -0.2785,
}
"""What comes out of an activation is never smaller."""
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
class _Rows:
    """Rows of the residual stream, [rows, width], and what they stand for; None: for themselves."""

    name: str
    balance: Balance | None = None


@dataclass(frozen=True, kw_only=True)
class Layers:
    """Writes one encoder into one graph. Everywhere ``rows`` stands for batch * tokens."""

    weights: Weights
    graph: Graph
    form: Form
    balances: Mapping[str, Balance]
    inputs: Mapping[str, Sequence[Floats]]
    """What went into each part on samples (`balance.observed`); empty: nobody looked."""

    @property
    def shape(self) -> Geometry:
        """Of the model."""
        return self.weights.shape

    def hidden(self) -> str:
        """The last layer's output: [rows, width], or [batch, width] where only the first token is asked for."""
        padded = self._padded()
        rows = self._embedded()
        for number in range(self.weights.count):
            last = number + 1 == self.weights.count
            rows = self._layer(rows, number, padded, first_only=last and self.shape.task == "text-classification")
        return rows.name

    def dense(self, x: str, part: str) -> str:
        """A small product with its bias, in floats: x [rows, inputs] to [rows, outputs]."""
        return self.form.floats.product(self.graph, x, *self.weights[part])

    def activated(self, x: str, kind: str) -> str:
        """The activation of that name in transformers."""
        name, domain, settings = _ACTIVATIONS[kind]
        return self.graph.op(name, x, domain=domain, **settings)

    def norm(self, x: str, part: str, balance: Balance | None = None) -> str:
        """Layer normalisation of each row, to rows that stand for themselves or for what `balance` says."""
        weight, bias = self.weights[part]
        if balance:
            weight, bias = weight / balance.scale, (bias - balance.centre) / balance.scale
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

    def _embedded(self) -> _Rows:
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
        norm = weights.encoder(shape.family.norm)
        if shape.projected:
            projection = weights.encoder(shape.family.projection)
            product = self._product(self.norm(rows, norm), *weights[projection], self._inputs(projection))
            return _Rows(name=product)
        balance = self._balance_before(0)
        return _Rows(name=self.norm(rows, norm, balance), balance=balance)

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

    def _balance_before(self, number: int) -> Balance | None:
        """What the rows that go into a layer stand for; behind the last one they stand for themselves."""
        return self.balances.get(self.weights.layer(number).query) if number < self.weights.count else None

    def _layer(self, x: _Rows, number: int, padded: str, *, first_only: bool) -> _Rows:
        layer, graph = self.weights.layer(number), self.graph
        out, out_bias = self.weights[layer.out]
        mixed, values = self._attention(x, number, padded, first_only=first_only)
        if first_only:
            x = replace(x, name=self.first_token(x.name))
        stream, centre = self._restored(x)
        seen = self._inputs(layer.out, values)
        added = self._product(mixed, out * values.scale, out_bias + out @ values.centre + centre, seen)
        between = self.balances.get(layer.up)
        x = _Rows(name=self.norm(graph.op("Add", stream, added), layer.out_norm, between), balance=between)
        inner = self.activated(self._product_of(x, layer.up, *self.weights[layer.up]), self.shape.activation)
        stream, centre = self._restored(x)
        down, down_bias = self.weights[layer.down]
        quantizer = self.form.behind or self.form.encoder
        seen = replace(self._inputs(layer.down), least=_LEAST.get(self.shape.activation))
        added = quantizer.product(graph, inner, down, down_bias + centre, inputs=seen)
        following = self._balance_before(number + 1)
        name = self.norm(graph.op("Add", stream, added), layer.down_norm, following)
        return _Rows(name=name, balance=following)

    def _restored(self, x: _Rows) -> tuple[str, Floats]:
        """The numbers that rows stand for, but for one vector, which is left to be added to every row."""
        import numpy as np

        if x.balance is None:
            return x.name, np.zeros(self.shape.width, np.float32)
        return self.graph.op("Mul", x.name, self.graph.constant(x.balance.scale)), x.balance.centre

    def _attention(self, x: _Rows, number: int, padded: str, *, first_only: bool) -> tuple[str, Balance]:
        """Mixtures of values, [rows, width] or [batch, width], and what they stand for."""
        import numpy as np

        layer, graph, width = self.weights.layer(number), self.graph, self.shape.width
        (query, query_bias), (value, value_bias) = self.weights[layer.query], self.weights[layer.value]
        key = self.weights[layer.key][0]
        if x.balance:
            value_bias = value_bias + value @ x.balance.centre
        # What is the same in all values is the same in all mixtures of them.
        mixed = self.balances.get(layer.out) or Balance(scale=np.ones(width, np.float32), centre=value_bias)
        value = value / mixed.scale[:, None]
        value_bias = (value_bias - mixed.centre) / mixed.scale
        none = np.zeros(width, np.float32)
        if first_only:
            asked = self._product_of(replace(x, name=self.first_token(x.name)), layer.query, query, query_bias)
            asked = graph.op("Unsqueeze", asked, graph.integers(1))
            bias = np.concatenate([none, value_bias])
            both = self._scaled_product(x, layer.query, np.concatenate([key, value]), bias)
            known = graph.ops("Split", both, graph.integers(width, width), outputs=2, axis=-1)
        else:
            if x.balance:
                query_bias = query_bias + query @ x.balance.centre
            bias = np.concatenate([query_bias, none, value_bias])
            three = self._scaled_product(x, layer.query, np.concatenate([query, key, value]), bias)
            parts = graph.ops("Split", three, graph.integers(width, width, width), outputs=3, axis=-1)
            asked, known = self.by_token(parts[0], width), parts[1:]
        given = (asked, *(self.by_token(each, width) for each in known))
        settings: dict[str, Any] = {
            "domain": MICROSOFT,
            "num_heads": self.shape.heads,
            "mask_filter_value": _MASKED,
        }
        found = graph.either(
            padded,
            lambda branch: branch.op("MultiHeadAttention", *given, "", "attention_mask", **settings),
            lambda branch: branch.op("MultiHeadAttention", *given, **settings),
        )
        return graph.op("Reshape", found, graph.integers(-1, width)), mixed

    def _product_of(self, x: _Rows, part: str, weight: Floats, bias: Floats) -> str:
        """The product with the numbers that rows stand for, which are those that `part` is given."""
        return self._scaled_product(x, part, weight, bias + weight @ x.balance.centre if x.balance else bias)

    def _scaled_product(self, x: _Rows, part: str, weight: Floats, bias: Floats) -> str:
        """The same, for a bias that has the centre of the rows in it already."""
        scaled = weight * x.balance.scale if x.balance else weight
        return self._product(x.name, scaled, bias, self._inputs(part, x.balance))

    def _product(self, x: str, weight: Floats, bias: Floats, inputs: Inputs) -> str:
        return self.form.encoder.product(self.graph, x, weight, bias, inputs=inputs)

    def _inputs(self, part: str, balance: Balance | None = None) -> Inputs:
        """What `part` was given on samples, as the rows have it that stand for it."""
        import numpy as np

        if part not in self.inputs:
            return UNKNOWN
        seen = np.concatenate(self.inputs[part])
        return Inputs(seen=(seen - balance.centre) / balance.scale if balance else seen)


_BOOL, _INT64 = 9, 7
"""ONNX's numbers for these types."""
