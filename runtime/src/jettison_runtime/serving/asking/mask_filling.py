"""Words for the places that texts leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import texts
from .fields import Field, Fields
from .kinds import Schema, Several, Text, Whole

if TYPE_CHECKING:
    from jettison_runtime.tasks.mask_filling import MaskFiller

    from . import Bounds

VERB = "fill"
SUMMARY = "The best words for every mask of each text: a list a text, in it a list a mask"
KIND = "fillings"
_MOST = 100


def fields(model: MaskFiller, bounds: Bounds) -> Fields:
    """See `Asking`."""
    mask = model.tokenizer.mask_token or ""
    return Fields(
        (
            texts.field(
                bounds, f"One text, or a list of texts, with {mask} where a word is asked for", containing=mask
            ),
            Field("top_k", Whole(1, _MOST), "How many words for each mask, best first", default=5),
            Field("targets", Several(Text(100, shortest=1), _MOST), "Only these words are weighed"),
        )
    )


def example(model: MaskFiller) -> dict[str, Any]:
    """See `Asking`."""
    return {"text": f"Paris is the {model.tokenizer.mask_token} of France."}


def answer_schema(model: MaskFiller, bounds: Bounds) -> Schema:
    """See `Asking`."""
    filling = {
        "type": "object",
        "properties": {
            "score": {"type": "number", "minimum": 0, "maximum": 1.000001},
            "token": {"type": "integer", "minimum": 0, "maximum": model.model.manifest.graph["vocabulary"] - 1},
            "token_str": {"type": "string"},
            "sequence": {"type": "string"},
        },
        "required": ["score", "token", "token_str", "sequence"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": {"type": "array", "items": filling, "maxItems": _MOST}, "minItems": 1}


def answers(model: MaskFiller, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    return model.fill(options.pop("text"), **options)
