"""An encoder of BERT's kind in plain numpy, written from the papers and independent of the graphs: what a conversion is
checked against.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .geometry import Geometry
from .weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass
class Reference:
    """What one text gives, without padding."""

    weights: Weights
    pooling: tuple[str, ...] = ("mean",)
    """How vectors of sentences are made."""
    inputs: dict[str, list[Floats]] | None = None
    """What went into every part so far, [tokens, inputs] each time; None: it is not kept."""
    _read: dict[str, Any] = field(default_factory=dict)

    def outputs(
        self, input_ids: Sequence[int], types: Sequence[int], places: Sequence[int] | None = None
    ) -> dict[str, Floats]:
        """By the names of the graph's outputs, one row: ``logits`` [labels] or [tokens, …], ``last_hidden_state``
        [tokens, width], ``pooler_output`` and ``sentence_embedding`` [width], ``start_logits`` and ``end_logits``
        [tokens].

        :param places: tokens whose logits are wanted of a masked language model; None: all.
        """
        shape = self.weights.shape
        hidden = self._embedded(input_ids, types)
        for number in range(self.weights.count):
            hidden = self._layer(hidden, number)
        if shape.task == "text-classification":
            return {"logits": self._first_token(hidden)}
        found: dict[str, Floats] = {"last_hidden_state": hidden}
        if self.weights.has_pooler:
            dense = self._dense(hidden[:1], self.weights.encoder(shape.family.pooler))
            found["pooler_output"] = _activated(dense, "tanh")[0]
        return {**found, **self._head(hidden, places)}

    def _head(self, hidden: Floats, places: Sequence[int] | None) -> dict[str, Floats]:
        shape = self.weights.shape
        if shape.task == "token-classification":
            return {"logits": self._dense(hidden, "classifier")}
        if shape.task == "question-answering":
            both = self._dense(hidden, "qa_outputs")
            return {"start_logits": both[:, 0], "end_logits": both[:, 1]}
        if shape.task == "fill-mask":
            head = shape.family.word_head
            read = hidden if places is None else hidden[list(places)]
            x = _activated(self._dense(read, head.dense), head.activation or shape.activation)
            table, bias = self.weights.word_head()
            logits: Floats = self._norm(x, head.norm) @ table.T + bias
            return {"logits": logits}
        import numpy as np

        return {"sentence_embedding": np.concatenate([_pooled(hidden, mode) for mode in self.pooling])}

    def _first_token(self, hidden: Floats) -> Floats:
        head = self.weights.shape.family.class_head
        dense = self.weights.encoder(head.dense) if head.pooled else head.dense
        logits: Floats = self._dense(_activated(self._dense(hidden[:1], dense), head.activation), head.last)[0]
        return logits

    def _embedded(self, input_ids: Sequence[int], types: Sequence[int]) -> Floats:
        import numpy as np

        shape, weights = self.weights.shape, self.weights
        ids = np.asarray(input_ids)
        places = np.arange(len(ids))
        if shape.family.counts_positions:
            real = ids != shape.padding
            places = np.where(real, shape.padding + np.cumsum(real), shape.padding)
        x = weights.table("word")[ids] + weights.table("position")[places]
        if shape.types:
            # A model with one type gives it to every token.
            x = x + weights.table("token_type")[np.minimum(types, shape.types - 1)]
        x = self._norm(x, weights.encoder(shape.family.norm))
        return self._dense(x, weights.encoder(shape.family.projection)) if shape.projected else x

    def _layer(self, x: Floats, number: int) -> Floats:
        layer, shape = self.weights.layer(number), self.weights.shape
        query, key, value = (self._heads(self._dense(x, part)) for part in (layer.query, layer.key, layer.value))
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(shape.head_size)
        mixed = (_softmax(scores) @ value).transpose(1, 0, 2).reshape(len(x), shape.width)
        x = self._norm(x + self._dense(mixed, layer.out), layer.out_norm)
        inner = _activated(self._dense(x, layer.up), shape.activation)
        return self._norm(x + self._dense(inner, layer.down), layer.down_norm)

    def _heads(self, x: Floats) -> Floats:
        shape: Geometry = self.weights.shape
        return x.reshape(len(x), shape.heads, shape.head_size).transpose(1, 0, 2)

    def _dense(self, x: Floats, part: str) -> Floats:
        weight, bias = self._part(part)
        if self.inputs is not None:
            self.inputs.setdefault(part, []).append(x)
        product: Floats = x @ weight.T + bias
        return product

    def _norm(self, x: Floats, part: str) -> Floats:
        import numpy as np

        weight, bias = self._part(part)
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(self.weights.shape.epsilon))
        normal: Floats = scaled * weight + bias
        return normal

    def _part(self, part: str) -> tuple[Floats, Floats]:
        if part not in self._read:
            self._read[part] = self.weights[part]
        both: tuple[Floats, Floats] = self._read[part]
        return both


def _pooled(hidden: Floats, mode: str) -> Floats:
    """One vector of [tokens, width]; the modes are those of sentence-transformers."""
    if mode == "cls":
        first: Floats = hidden[0]
        return first
    if mode == "max":
        largest: Floats = hidden.max(axis=0)
        return largest
    total: Floats = hidden.sum(axis=0)
    return total / (len(hidden) if mode == "mean" else math.sqrt(len(hidden)))


def _softmax(x: Floats) -> Floats:
    import numpy as np

    raised = np.exp(x - x.max(-1, keepdims=True))
    probabilities: Floats = raised / raised.sum(-1, keepdims=True)
    return probabilities


def _activated(x: Floats, kind: str) -> Floats:
    import numpy as np

    one, half = np.float32(1), np.float32(0.5)
    values: Any
    if kind == "relu":
        values = np.maximum(x, np.float32(0))
    elif kind == "tanh":
        values = np.tanh(x)
    elif kind in ("silu", "swish"):
        values = x / (one + np.exp(-x))
    elif kind == "gelu":
        values = half * x * (one + _erf(x / np.float32(math.sqrt(2))))
    else:
        values = half * x * (one + np.tanh(np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x**3)))
    return np.asarray(values, np.float32)


def _erf(x: Floats) -> Floats:
    import numpy as np

    found: Floats = np.vectorize(math.erf, otypes=[np.float32])(x)
    return found
