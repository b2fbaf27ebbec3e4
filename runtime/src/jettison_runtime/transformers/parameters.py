"""The parameters that a model was trained with, to be counted: how many numbers each has, from the model's geometry.

In a converted model they are quantized, packed and shared, so their values are not here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_DEFAULTS = {
    "d_model": 512,
    "d_kv": 64,
    "d_ff": 2048,
    "num_layers": 6,
    "num_heads": 8,
    "vocab_size": 32128,
    "relative_attention_num_buckets": 32,
}
"""What transformers' T5Config takes for what a config.json leaves out."""


@dataclass
class Parameter:
    """One parameter's shape; `requires_grad` is kept for those who ask for it again, and does nothing."""

    shape: tuple[int, ...]
    requires_grad: bool = True

    def numel(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


def parameters(config: Mapping[str, Any]) -> Iterator[Parameter]:
    """The parameters of a T5 in transformers' order, what is tied once."""
    size = {name: int(config.get(name) or default) for name, default in _DEFAULTS.items()}
    embedding = (size["vocab_size"], size["d_model"])
    yield Parameter(embedding)
    layers = size["num_layers"]
    gated = str(config.get("feed_forward_proj", "relu")).startswith("gated-")
    yield from _stack(size, layers, attentions=1, gated=gated)
    yield from _stack(size, int(config.get("num_decoder_layers") or layers), attentions=2, gated=gated)
    if config.get("tie_word_embeddings") is False:
        yield Parameter(embedding)


def _stack(size: Mapping[str, int], layers: int, *, attentions: int, gated: bool) -> Iterator[Parameter]:
    width, inner = size["d_model"], size["d_kv"] * size["num_heads"]
    bias = (size["relative_attention_num_buckets"], size["num_heads"])
    shapes: list[tuple[int, ...]] = []
    for layer in range(layers):
        for attention in range(attentions):
            first = layer == attention == 0
            shapes += [(inner, width)] * 3 + [(width, inner)] + [bias] * first + [(width,)]
        shapes += [(size["d_ff"], width)] * (2 if gated else 1) + [(width, size["d_ff"]), (width,)]
    yield from map(Parameter, [*shapes, (width,)])
