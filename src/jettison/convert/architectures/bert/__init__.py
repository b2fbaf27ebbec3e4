"""Encoders of BERT's kind as one ONNX graph, written straight from the weights: BERT and MiniLM, RoBERTa and XLM-R,
DistilBERT, ELECTRA, ALBERT, bare or with a head for a task.

``model.onnx`` takes ``input_ids``, ``attention_mask`` and, where the model has types, ``token_type_ids``; a masked
language model also the ``places`` that its logits are wanted of. What comes out is told by `heads`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.convert.architectures.graph import Graph, WeightsFile

from . import heads
from .balance import balances, observed
from .families import FAMILIES
from .geometry import geometry, task_of
from .layers import Layers
from .reference import Reference
from .weights import Weights

if TYPE_CHECKING:
    from jettison.convert.architectures import Trained
    from jettison.convert.forms import Form

__all__ = ["MODEL_TYPES", "task", "teacher", "write"]

MODEL_TYPES: tuple[str, ...] = tuple(name for family in FAMILIES for name in family.model_types)


def task(config: Mapping[str, Any]) -> str:
    """What the model was trained for.

    :raises UnsupportedModel: a head that is none of ours.
    """
    return task_of(config)


def write(trained: Trained, into: Path, form: Form) -> dict[str, int]:
    """Write ``model.onnx`` and ``weights.bin``; gives back what the manifest says of the graph."""
    import onnx

    weights = _weights(trained)
    weights.check(_labels(trained.config))
    shape = weights.shape
    inputs = observed(teacher(trained), trained.samples) if form.balanced else {}
    with WeightsFile(into / "weights.bin") as file:
        layers = Layers(
            weights=weights, graph=Graph(file), form=form, balances=balances(weights, inputs), inputs=inputs
        )
        onnx.save(heads.model(layers, trained.entries["embedding"]), into / "model.onnx")
    return {
        "layers": shape.layers,
        "width": shape.width,
        "vocabulary": shape.vocabulary,
        "positions": shape.positions,
        "types": shape.types,
    }


def teacher(trained: Trained) -> Reference:
    """The numpy reference for the same weights."""
    return Reference(_weights(trained), tuple(trained.entries["embedding"].get("pooling", ("mean",))))


def _weights(trained: Trained) -> Weights:
    shape = geometry(trained.config, task_of(trained.config))
    return Weights(tensors=trained.tensors, shape=shape)


def _labels(config: Mapping[str, Any]) -> int:
    """How many a head tells apart: two where config.json does not say."""
    named = config.get("id2label")
    return len(named) if isinstance(named, dict) else int(config.get("num_labels") or 2)
