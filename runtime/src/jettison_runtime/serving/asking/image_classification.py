"""Labels for pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import files
from .fields import Field, Fields
from .kinds import Schema, Whole, Word
from .labels import FUNCTIONS, label_schema, names_of_graph

if TYPE_CHECKING:
    from jettison_runtime.tasks.image_classification import ImageClassifier

    from . import Bounds

VERB = "classify"
SUMMARY = "The best labels of each picture"
KIND = "labels"
FILE, MEDIA = "image", files.PICTURES


def fields(model: ImageClassifier, bounds: Bounds) -> Fields:
    """See `Asking`."""
    count = len(names_of_graph(model))
    return Fields(
        (
            files.picture(bounds),
            Field("top_k", Whole(1, count), "How many labels of each, best first", default=min(5, count)),
            Field("function_to_apply", Word(FUNCTIONS), "What makes scores of logits; as trained, when left out"),
        )
    )


def example(model: ImageClassifier) -> dict[str, Any]:
    """See `Asking`."""
    return {FILE: files.DOT}


def answer_schema(model: ImageClassifier, bounds: Bounds) -> Schema:
    """See `Asking`."""
    labels = names_of_graph(model)
    return {"type": "array", "items": label_schema(labels), "minItems": 1, "maxItems": len(labels)}


def answers(model: ImageClassifier, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    return model.classify(options.pop(FILE), **options)
