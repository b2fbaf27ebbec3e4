"""Models that read a text and write another: asked greedily, checked by the logits of every step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jettison.convert.checks import compared
from jettison.convert.forms import Form, named
from jettison.convert.generation import generation
from jettison.convert.prompts import token_prompts
from jettison.records import Check
from jettison.runtimes.onnxruntime import Decoded, Loaded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.source import Source
    from jettison.runtimes.onnxruntime import Feed

TASKS: tuple[str, ...] = ("text2text-generation",)
FORMS: list[Form] = [
    named(name) for name in ("fp32", "fp16", "int8-blocks", "int8-mixed", "int8-channels", "int4-blocks")
]

_ANSWER_LIMIT = 16
_EMULATED = 4
_END = 1

Question = tuple[int, ...]


class Teacher(Protocol):
    """What a conversion is checked against."""

    def logits(self, source: Sequence[int], target: Sequence[int]) -> NDArray[np.float32]:
        """Logits [len(target), vocabulary]: row i follows the target tokens 0…i."""
        ...


def entries(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """The model's own generation settings.

    :raises UnsupportedModel: settings that the runtime lacks, or of which versions of transformers take different ones.
    """
    return {"generation": generation(folder, config)}


def questions(found: Source, task: str, texts: Sequence[str]) -> tuple[Question, ...]:
    """Rows of token ids."""
    return token_prompts(found, texts, ends=((), (_END,)))


def samples(questions: Sequence[Question]) -> list[Question]:
    """The questions themselves."""
    return list(questions)


def answers(folder: Path, questions: Sequence[Question]) -> list[Decoded]:
    """The greedy answers."""
    loaded = Loaded(folder)
    return [loaded.greedy(question, limit=_ANSWER_LIMIT) for question in questions]


def feeds(folder: Path, questions: Sequence[Question], answers: Sequence[Decoded]) -> list[tuple[str, Feed]]:
    """Of some questions: the encoder, and the first steps of the decoder along the answer."""
    loaded = Loaded(folder)
    return [
        feed
        for question, answer in list(zip(questions, answers, strict=True))[:_EMULATED]
        for feed in loaded.feeds(question, answer.output_ids[:_EMULATED])
    ]


def canary(questions: Sequence[Question], answers: Sequence[Decoded]) -> dict[str, Any]:
    """The answer that rounding could least turn."""
    question, answer = max(zip(questions, answers, strict=True), key=lambda pair: pair[1].margin)
    return {"input_ids": list(question), "output_ids": list(answer.output_ids)}


def check(teacher: Teacher, questions: Sequence[Question], answers: Sequence[Decoded]) -> Check:
    """Compare teacher-forced logits, step by step, along the answers that the converted model gave."""
    pairs = [
        (teacher.logits(question, answer.output_ids[:-1]), answer.logits)
        for question, answer in zip(questions, answers, strict=True)
    ]
    return compared(pairs)
