"""Labels for sounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jettison_runtime.sounds import FilterBank

from . import files
from .fields import Field, Fields
from .kinds import Schema, Whole, Word
from .labels import FUNCTIONS, label_schema, names_of_graph

if TYPE_CHECKING:
    from jettison_runtime.tasks.audio_classification import AudioClassifier

    from . import Bounds

VERB = "classify"
SUMMARY = "The best labels of each sound"
KIND = "labels"
FILE, MEDIA = "audio", files.SOUNDS


def fields(model: AudioClassifier, bounds: Bounds) -> Fields:
    """See `Asking`."""
    count = len(names_of_graph(model))
    # A bank of filters is cut to so many frames anyway.
    seconds = None if isinstance(model.preprocessing, FilterBank) else bounds.sound_seconds
    return Fields(
        (
            files.sound(bounds, seconds),
            Field("top_k", Whole(1, count), "How many labels of each, best first", default=min(5, count)),
            Field("function_to_apply", Word(FUNCTIONS), "What makes scores of logits", default="softmax"),
        )
    )


def example(model: AudioClassifier) -> dict[str, Any]:
    """See `Asking`."""
    preprocessing: Any = model.preprocessing
    return {FILE: files.click(preprocessing.rate)}


def answer_schema(model: AudioClassifier, bounds: Bounds) -> Schema:
    """See `Asking`."""
    labels = names_of_graph(model)
    return {"type": "array", "items": label_schema(labels), "minItems": 1, "maxItems": len(labels)}


def answers(model: AudioClassifier, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    return model.classify(options.pop(FILE), **options)
