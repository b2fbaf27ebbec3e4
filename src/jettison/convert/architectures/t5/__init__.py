"""T5 (v1.0 and the gated v1.1 form, head tied or not) as two ONNX graphs, written straight from the weights.

- ``encoder.onnx``: tokens in; the keys and values of every cross-attention out, one tensor from one product.
- ``decoder.onnx``: one step; key/value caches of fixed length written in place; logits out.

- ``scores.onnx`` and ``best.onnx``: what a search over the logits is made of (see `search`).

The first two share one weights file. Sources: Raffel et al. 2020 for the model; the names of tensors and settings are
those of transformers' ``T5ForConditionalGeneration``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.convert.architectures import search
from jettison.convert.architectures.graph import Graph, WeightsFile

from . import decoder as decoder_graph
from . import encoder as encoder_graph
from .geometry import geometry
from .reference import Reference
from .weights import check

if TYPE_CHECKING:
    from jettison.convert.architectures import Trained
    from jettison.convert.forms import Form

__all__ = ["MODEL_TYPES", "task", "teacher", "write"]

MODEL_TYPES: tuple[str, ...] = ("t5",)


def task(config: Mapping[str, Any]) -> str:
    """What every T5 is trained for."""
    return "text2text-generation"


def write(trained: Trained, into: Path, form: Form) -> dict[str, int]:
    """Write ``encoder.onnx``, ``decoder.onnx`` and ``weights.bin``; gives back what the manifest says of the graphs."""
    import onnx

    tensors, config = trained.tensors, trained.config
    shape = geometry(config)
    check(tensors, config, shape)
    with WeightsFile(into / "weights.bin") as weights:
        first = encoder_graph.model(tensors, shape, Graph(weights), form.encoder, table=form.decoder)
        onnx.save(first, into / "encoder.onnx")
        onnx.save(decoder_graph.model(tensors, shape, Graph(weights), form.decoder), into / "decoder.onnx")
    search.write(into)
    return {
        "layers": shape.decoder_layers,
        "heads": shape.heads,
        "head_size": shape.head_size,
        "vocabulary": shape.vocabulary,
        "decode_limit": decoder_graph.DECODE_LIMIT,
    }


def teacher(trained: Trained) -> Reference:
    """The numpy reference for the same weights."""
    return Reference(trained.tensors, trained.config)
