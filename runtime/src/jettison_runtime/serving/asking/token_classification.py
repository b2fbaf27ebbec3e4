"""Labels for the tokens of texts, or for the entities that they make up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jettison_runtime.tasks.token_classification import STRATEGIES

from . import texts
from .fields import Field, Fields
from .kinds import Schema, Several, Text, Word
from .labels import names

if TYPE_CHECKING:
    from jettison_runtime.tasks.token_classification import TokenClassifier

    from . import Bounds

VERB = "tag"
SUMMARY = "The entities of each text, in their order"
KIND = "entities"
TOGETHER = True


def fields(model: TokenClassifier, bounds: Bounds) -> Fields:
    """See `Asking`."""
    return Fields(
        (
            texts.field(bounds),
            Field(
                "aggregation_strategy",
                Word(STRATEGIES),
                "none: an entry a token; the others: an entry an entity",
                default="simple",
            ),
            Field("ignore_labels", Several(Text(200), 100, least=0), "Labels that are left out", default=["O"]),
        )
    )


def example(model: TokenClassifier) -> dict[str, Any]:
    """See `Asking`."""
    return {"text": "Ada Lovelace was born in London."}


def answer_schema(model: TokenClassifier, bounds: Bounds) -> Schema:
    """See `Asking`."""
    place = {"type": "integer", "minimum": 0, "maximum": bounds.characters}
    labels = sorted(set(names(model)))
    entity = {
        "type": "object",
        "properties": {
            "entity": {"type": "string", "enum": labels},
            "entity_group": {"type": "string", "enum": sorted({each.split("-", 1)[-1] for each in labels})},
            "score": {"type": "number", "minimum": 0, "maximum": 1.000001},
            "index": {"type": "integer", "minimum": 0},
            "word": {"type": "string"},
            "start": place,
            "end": place,
        },
        "required": ["score", "word", "start", "end"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": entity}


def answers(model: TokenClassifier, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = {"aggregation_strategy": "simple", **asked}
    return model.classify(options.pop("text"), **options)
