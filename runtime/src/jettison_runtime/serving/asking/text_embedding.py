"""A vector for each text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import texts
from .fields import Field, Fields
from .kinds import Flag, Schema

if TYPE_CHECKING:
    from jettison_runtime.tasks.embedding import Embedder

    from . import Bounds

VERB = "embed"
SUMMARY = "A vector for each text; long texts are cut, as the model was trained"
KIND = "vector"
TOGETHER = True


def fields(model: Embedder, bounds: Bounds) -> Fields:
    """See `Asking`."""
    return Fields(
        (
            texts.field(bounds),
            Field("normalize", Flag(), "Make every vector 1 long; as the model was trained, when left out"),
        )
    )


def example(model: Embedder) -> dict[str, Any]:
    """See `Asking`."""
    return {"text": [texts.EXAMPLE, "A fast fox leaps across a sleepy hound."]}


def answer_schema(model: Embedder, bounds: Bounds) -> Schema:
    """See `Asking`."""
    return vector_schema(int(model.model.network.outputs["sentence_embedding"][1][-1]))


def answers(model: Embedder, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    found: list[Any] = model.encode(asked["text"], normalize=asked.get("normalize")).tolist()
    return found


def vector_schema(width: int) -> Schema:
    """So many numbers."""
    return {"type": "array", "items": {"type": "number"}, "minItems": width, "maxItems": width}
