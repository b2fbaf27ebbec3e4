"""The part of a text that answers a question about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .fields import Field, Fields
from .kinds import Flag, Schema, Text, Whole

if TYPE_CHECKING:
    from jettison_runtime.tasks.question_answering import QuestionAnswerer

    from . import Bounds

VERB = "answer"
SUMMARY = "The parts of a text that answer a question about it, best first"
KIND = "answers"
_QUESTION = 2000
_MOST, _LONGEST_ANSWER = 20, 200


def fields(model: QuestionAnswerer, bounds: Bounds) -> Fields:
    """See `Asking`."""
    return Fields(
        (
            Field("question", Text(_QUESTION, shortest=1), "What is asked", needed=True),
            Field("context", Text(bounds.characters, shortest=1), "The text that holds the answer", needed=True),
            Field("top_k", Whole(1, _MOST), "How many answers", default=1),
            Field("max_answer_len", Whole(1, _LONGEST_ANSWER), "Tokens of an answer at most", default=15),
            Field("handle_impossible_answer", Flag(), "Also: there is none", default=False),
        )
    )


def example(model: QuestionAnswerer) -> dict[str, Any]:
    """See `Asking`."""
    return {
        "question": "What is the capital of France?",
        "context": "Paris is the capital city of France. It lies on the Seine.",
    }


def answer_schema(model: QuestionAnswerer, bounds: Bounds) -> Schema:
    """See `Asking`."""
    place = {"type": "integer", "minimum": 0, "maximum": bounds.characters}
    return {
        "type": "object",
        "properties": {
            "score": {"type": "number", "minimum": 0},
            "start": place,
            "end": place,
            "answer": {"type": "string", "maxLength": bounds.characters},
        },
        "required": ["score", "start", "end", "answer"],
        "additionalProperties": False,
    }


def answers(model: QuestionAnswerer, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
    """See `Asking`."""
    options = dict(asked)
    return model.answer(options.pop("question"), options.pop("context"), **options)
