"""T5 in plain numpy, written from the paper and independent of the graphs: what a conversion is checked against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jettison.checkpoints import Tensors

from .geometry import Geometry, bucket, geometry, table_names

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


@dataclass
class Reference:
    """Teacher-forced logits of a T5, one sequence at a time."""

    tensors: Tensors
    config: dict[str, Any]
    _read: dict[str, Any] = field(default_factory=dict)

    def logits(self, source: Sequence[int], target: Sequence[int]) -> Floats:
        """Logits [len(target), vocabulary]: row i follows the target tokens 0…i."""
        import numpy as np

        shape = geometry(self.config)
        embed_in, embed_out, head = table_names(self.tensors)
        hidden = self._weight(embed_in)[np.asarray(source)]
        hidden = self._side("encoder", hidden, shape, memory=None)
        outputs = self._side("decoder", self._weight(embed_out)[np.asarray(target)], shape, memory=hidden)
        outputs = outputs * shape.width**-0.5 if shape.scaled_output else outputs
        product: Floats = outputs @ self._weight(head).T
        return product

    def _side(self, side: str, x: Floats, shape: Geometry, memory: Floats | None) -> Floats:
        import numpy as np

        decoder = memory is not None
        places = np.arange(len(x))
        distance = places[None, :] - places[:, None]
        buckets = bucket(distance, bidirectional=not decoder, buckets=shape.buckets, max_distance=shape.max_distance)
        table = self._weight(f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
        bias = table[buckets].transpose(2, 0, 1)
        if decoder:
            bias = np.where(distance > 0, np.float32(-np.inf), bias)
        for layer in range(shape.decoder_layers if decoder else shape.encoder_layers):
            block = f"{side}.block.{layer}.layer"
            normal = self._norm(x, f"{block}.0", shape)
            x = x + self._attention(normal, normal, f"{block}.0.SelfAttention", shape, bias)
            if memory is not None:
                x = x + self._attention(self._norm(x, f"{block}.1", shape), memory, f"{block}.1.EncDecAttention", shape)
            last = f"{block}.{2 if decoder else 1}"
            x = x + self._feed_forward(self._norm(x, last, shape), f"{last}.DenseReluDense", shape)
        return self._rms(x, self._weight(f"{side}.final_layer_norm.weight"), shape)

    def _attention(self, x: Floats, memory: Floats, name: str, shape: Geometry, bias: Any = 0.0) -> Floats:
        import numpy as np

        def heads(values: Floats, part: str) -> Floats:
            projected: Floats = values @ self._weight(f"{name}.{part}.weight").T
            return projected.reshape(len(values), shape.heads, shape.head_size).transpose(1, 0, 2)

        scores = heads(x, "q") @ heads(memory, "k").transpose(0, 2, 1) + bias
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = (weights @ heads(memory, "v")).transpose(1, 0, 2).reshape(len(x), shape.inner)
        product: Floats = mixed @ self._weight(f"{name}.o.weight").T
        return product

    def _feed_forward(self, x: Floats, name: str, shape: Geometry) -> Floats:
        if shape.gated:
            inner = _activated(x @ self._weight(f"{name}.wi_0.weight").T, shape.activation)
            inner = inner * (x @ self._weight(f"{name}.wi_1.weight").T)
        else:
            inner = _activated(x @ self._weight(f"{name}.wi.weight").T, shape.activation)
        product: Floats = inner @ self._weight(f"{name}.wo.weight").T
        return product

    def _norm(self, x: Floats, name: str, shape: Geometry) -> Floats:
        return self._rms(x, self._weight(f"{name}.layer_norm.weight"), shape)

    def _rms(self, x: Floats, weight: Floats, shape: Geometry) -> Floats:
        import numpy as np

        scaled: Floats = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + np.float32(shape.epsilon)) * weight
        return scaled

    def _weight(self, name: str) -> Floats:
        if name not in self._read:
            self._read[name] = self.tensors[name]
        weight: Floats = self._read[name]
        return weight


def _activated(x: Floats, kind: str) -> Floats:
    import numpy as np

    half, one = np.float32(0.5), np.float32(1)
    values: Any
    if kind == "relu":
        values = np.maximum(x, np.float32(0))
    elif kind == "gelu_new":
        values = half * x * (one + np.tanh(np.float32((2 / np.pi) ** 0.5) * (x + np.float32(0.044715) * x**3)))
    elif kind == "silu":
        values = x / (one + np.exp(-x))
    else:
        values = half * x * (one + np.vectorize(math.erf, otypes=[np.float32])(x / np.float32(2**0.5)))
    return np.asarray(values, np.float32)
