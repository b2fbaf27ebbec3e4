"""Labels for texts, or for pairs of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import texts
from .fields import Field, Fields
from .kinds import Flag, OneOrSeveral, Pair, Schema, Text, Whole, Word
from .labels import FUNCTIONS, label_schema, names

if TYPE_CHECKING:
    from jettison_runtime.tasks.text_classification import TextClassifier

    from . import Bounds

VERB = "classify"
SUMMARY = "The best labels of each text"
KIND = "labels"
TOGETHER = True


def fields(model: TextClassifier, bounds: Bounds) -> Fields:
    """See `Asking`."""
    count = len(names(model))
    return Fields(
        (
            Field(
                "text",
                OneOrSeveral(Pair(Text(bounds.characters)), bounds.batch),
                "One text, or a list; in a list, [text, text] is a pair that is judged together",
                needed=True,
            ),
            Field("top_k", Whole(1, count), "How many labels of each text, best first", default=1),
            Field("function_to_apply", Word(FUNCTIONS), "What makes scores of logits; as trained, when left out"),
            Field("truncation", Flag(), "Cut texts that are too long; otherwise they are refused", default=False),
        )
    )


def example(model: TextClassifier) -> dict[str, Any]:
    """See `Asking`."""
    return {"text": texts.EXAMPLE}


def answer_schema(model: TextClassifier, bounds: Bounds) -> Schema:
    """See `Asking`."""
    count = len(names(model))
    return {"type": "array", "items": label_schema(names(model)), "minItems": 1, "maxItems": count}


def answers(model: TextClassifier, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    return model.classify(options.pop("text"), **options)
