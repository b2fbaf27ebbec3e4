"""The sizes and switches of one T5, and where its distances fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jettison.checkpoints import Tensors
from jettison.errors import ModelUnreadable, UnsupportedModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACTIVATIONS = ("relu", "gelu", "gelu_new", "silu")
EMBEDDINGS = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
"""The names of the one embedding: files hold it once, or several times."""
HEAD = "lm_head.weight"


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """The sizes and switches of one T5, as config.json gives them."""

    width: int
    heads: int
    head_size: int
    inner_width: int
    """Of the dense part of a layer."""
    encoder_layers: int
    decoder_layers: int
    vocabulary: int
    epsilon: float
    buckets: int
    max_distance: int
    activation: str
    gated: bool
    scaled_output: bool
    """The decoder's output is divided by sqrt(width) before the head."""

    @property
    def inner(self) -> int:
        """Width of all heads together."""
        return self.heads * self.head_size


def geometry(config: dict[str, Any]) -> Geometry:
    """Read config.json; defaults are those of transformers.

    :raises UnsupportedModel: an activation that no kernel computes.
    :raises ModelUnreadable: a size that is no number.
    """
    try:
        return _read(config)
    except (TypeError, ValueError) as cause:
        raise ModelUnreadable(
            f"config.json holds a size that is no number: {cause}", next_step="copy the model again"
        ) from cause


def _read(config: dict[str, Any]) -> Geometry:
    projection = str(config.get("feed_forward_proj", "relu"))
    activation = projection.removeprefix("gated-")
    # The first gated checkpoints said "gated-gelu" and meant the tanh approximation.
    activation = "gelu_new" if projection == "gated-gelu" else activation
    if activation not in ACTIVATIONS:
        raise UnsupportedModel(
            f"T5 with the activation {activation!r}",
            next_step=f"supported are {', '.join(ACTIVATIONS)}; the service can still be packed with CPU torch",
        )
    layers = int(config.get("num_layers", 6))
    decoder_layers = config.get("num_decoder_layers")
    return Geometry(
        width=int(config.get("d_model", 512)),
        heads=int(config.get("num_heads", 8)),
        head_size=int(config.get("d_kv", 64)),
        inner_width=int(config.get("d_ff", 2048)),
        encoder_layers=layers,
        decoder_layers=layers if decoder_layers is None else int(decoder_layers),
        vocabulary=int(config.get("vocab_size", 32128)),
        epsilon=float(config.get("layer_norm_epsilon", 1e-6)),
        buckets=int(config.get("relative_attention_num_buckets", 32)),
        max_distance=int(config.get("relative_attention_max_distance", 128)),
        activation=activation,
        gated=projection.startswith("gated-"),
        scaled_output=bool(config.get("scale_decoder_outputs", config.get("tie_word_embeddings") is not False)),
    )


def bucket(distance: NDArray[np.int64], *, bidirectional: bool, buckets: int, max_distance: int) -> NDArray[np.int64]:
    """The bias bucket of each distance (key position minus query position).

    In 32-bit floats and in transformers' order of operations: the edges of the logarithmic buckets fall on whole
    distances, where another rounding would pick the neighbour.
    """
    import numpy as np

    found = np.zeros_like(distance)
    if bidirectional:
        buckets //= 2
        found += (distance > 0) * buckets
        distance = np.abs(distance)
    else:
        distance = -np.minimum(distance, 0)
    exact = buckets // 2
    large = np.log(np.maximum(distance, 1).astype(np.float32) / np.float32(exact))
    large = large / np.float32(np.log(max_distance / exact)) * np.float32(buckets - exact)
    far = np.minimum(exact + large.astype(np.int64), buckets - 1)
    return found + np.where(distance < exact, distance, far)


def table_names(tensors: Tensors) -> tuple[str, str, str]:
    """The tensors that embed the input, embed the output, and make the logits; the same name when they are tied."""
    shared = next((name for name in EMBEDDINGS if name in tensors), EMBEDDINGS[0])
    head = HEAD if HEAD in tensors else shared
    return shared, shared, head
