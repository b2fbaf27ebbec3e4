"""The tensors that a T5 has by its config.json, held against those that are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jettison.checkpoints import Tensors
from jettison.errors import ModelUnreadable, UnsupportedModel

from .geometry import EMBEDDINGS, HEAD, Geometry, table_names


def check(tensors: Tensors, config: dict[str, Any], shape: Geometry) -> None:
    """Compare names and shapes, and tables that a file holds more than once.

    :raises ModelUnreadable: a tensor is missing, or has another shape than config.json says.
    :raises UnsupportedModel: versions of transformers make different models of these tables.
    """
    for name, sides in _expected(tensors, shape):
        found = tensors.shape(name)
        if found != sides:
            raise ModelUnreadable(
                f"{name} has the shape {list(found)}, and config.json asks for {list(sides)}",
                where=str(tensors.file(name)),
                next_step="check that config.json and the weights belong together",
            )
    _check_tables(tensors, config)


def _expected(tensors: Tensors, shape: Geometry) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor that is read."""
    width, inner, dense = shape.width, shape.inner, shape.inner_width
    for name in {*table_names(tensors), *(each for each in EMBEDDINGS if each in tensors)}:
        yield name, (shape.vocabulary, width)
    for side, layers in (("encoder", shape.encoder_layers), ("decoder", shape.decoder_layers)):
        bias = f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
        yield bias, (shape.buckets, shape.heads)
        yield f"{side}.final_layer_norm.weight", (width,)
        attentions = ("SelfAttention",) if side == "encoder" else ("SelfAttention", "EncDecAttention")
        for layer in range(layers):
            for place, part in enumerate((*attentions, "DenseReluDense")):
                block = f"{side}.block.{layer}.layer.{place}"
                yield f"{block}.layer_norm.weight", (width,)
                if part == "DenseReluDense":
                    for name in ("wi_0", "wi_1") if shape.gated else ("wi",):
                        yield f"{block}.{part}.{name}.weight", (dense, width)
                    yield f"{block}.{part}.wo.weight", (width, dense)
                    continue
                for letter in "qkv":
                    yield f"{block}.{part}.{letter}.weight", (inner, width)
                yield f"{block}.{part}.o.weight", (width, inner)


def _check_tables(tensors: Tensors, config: dict[str, Any]) -> None:
    """One embedding, and a head that is tied to it or is not: as config.json says, and as the file has it."""
    embedding, _, head = table_names(tensors)
    copies = [name for name in EMBEDDINGS if name in tensors and name != embedding]
    # transformers 5 writes `scale_decoder_outputs` and ties what is equal; before, `tie_word_embeddings` decided.
    by_config = "scale_decoder_outputs" not in config
    if config.get("tie_word_embeddings") is not False:
        copies += [HEAD] if head == HEAD and by_config else []
    elif head != HEAD and by_config:
        raise UnsupportedModel(
            f"config.json says that the head has weights of its own, and there is no {HEAD}",
            where=str(tensors.file(embedding)),
            next_step='set "tie_word_embeddings" to true in config.json if the head was trained as the embedding',
        )
    for name in copies:
        if not _same(tensors, embedding, name):
            raise UnsupportedModel(
                f"{name} and {embedding} differ, where config.json ties them: versions of transformers differ in "
                "which they take",
                where=str(tensors.file(name)),
                next_step="load the model in the transformers that it was trained with, and call save_pretrained",
            )


def _same(tensors: Tensors, one: str, other: str) -> bool:
    import numpy as np

    return bool(np.array_equal(tensors[one], tensors[other]))
