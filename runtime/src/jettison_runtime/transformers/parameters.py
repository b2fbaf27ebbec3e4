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


@dataclass(frozen=True)
class Parameter:
    """One parameter's shape."""

    shape: tuple[int, ...]
    requires_grad: bool = True

    def numel(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


def parameters(config: Mapping[str, Any]) -> Iterator[Parameter]:
    """The parameters of a T5, what is tied once."""
    size = {name: int(config.get(name) or default) for name, default in _DEFAULTS.items()}
    embedding = Parameter((size["vocab_size"], size["d_model"]))
    yield embedding
    layers = size["num_layers"]
    gated = str(config.get("feed_forward_proj", "relu")).startswith("gated-")
    yield from _stack(size, layers, attentions=1, gated=gated)
    yield from _stack(size, int(config.get("num_decoder_layers") or layers), attentions=2, gated=gated)
    if config.get("tie_word_embeddings") is False:
        yield embedding


def _stack(size: Mapping[str, int], layers: int, *, attentions: int, gated: bool) -> Iterator[Parameter]:
    width, inner = size["d_model"], size["d_kv"] * size["num_heads"]
    norm = Parameter((width,))
    for _ in range(layers):
        for _ in range(attentions):
            yield from (*[Parameter((inner, width))] * 3, Parameter((width, inner)), norm)
        yield from [Parameter((size["d_ff"], width))] * (2 if gated else 1)
        yield from (Parameter((width, size["d_ff"])), norm)
    yield from (Parameter((size["relative_attention_num_buckets"], size["num_heads"])), norm)
