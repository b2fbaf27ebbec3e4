"""Models that read a text and say something of it: asked in one call, alone and in a batch with padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jettison.convert.checks import compared, nearest
from jettison.convert.embedding import embedding
from jettison.convert.forms import Form, named
from jettison.convert.prompts import token_prompts
from jettison.records import Check
from jettison.runtimes.onnxruntime import LoadedEncoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jettison.convert.source import Source
    from jettison.runtimes.onnxruntime import Feed

    Arrays = Mapping[str, NDArray[np.float32]]

TASKS: tuple[str, ...] = (
    "text-classification",
    "token-classification",
    "question-answering",
    "fill-mask",
    "feature-extraction",
)
FORMS: list[Form] = [
    named(name) for name in ("fp32", "fp16", "int8-balanced", "int8-channels", "int8-blocks", "int4-blocks")
]

GRAPH = "model.onnx"
_PLACES = 4
"""Tokens of a question whose logits are compared where there is one for every word of the vocabulary."""
_SHOWN, _TOLERANCE = 64, 0.05
"""Numbers of a canary, and how far off each may be, as a share of the largest: sums are rounded in another order on
another CPU; a kernel that overflows is off by far more."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One text as tokens."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    places: tuple[int, ...] | None
    """Whose logits are wanted; None: the task has no such choice."""


class Teacher(Protocol):
    """What a conversion is checked against."""

    def outputs(
        self, input_ids: Sequence[int], types: Sequence[int], places: Sequence[int] | None
    ) -> dict[str, NDArray[np.float32]]:
        """The outputs of one text by name, without the dimension of the batch."""
        ...


def entries(folder: Path, config: dict[str, Any]) -> dict[str, Any]:
    """How a sentence-transformers folder makes vectors of sentences.

    :raises UnsupportedModel: steps that the runtime lacks.
    """
    return {"embedding": embedding(folder)}


def questions(found: Source, task: str, texts: Sequence[str]) -> tuple[Question, ...]:
    """Texts alone, and every second one as a pair where the model has types: its second half is the second text."""
    rows = token_prompts(found, texts, ends=found.ends)
    two = "token_type_ids" in found.tokenizer.get("model_input_names", ())
    made = []
    for number, row in enumerate(rows):
        second = len(row) // 2 if two and number % 2 else 0
        step = max(1, len(row) // _PLACES)
        made.append(
            Question(
                ids=row,
                types=(0,) * (len(row) - second) + (1,) * second,
                places=tuple(range(0, len(row), step)) if task == "fill-mask" else None,
            )
        )
    return tuple(made)


def samples(questions: Sequence[Question]) -> list[tuple[Sequence[int], Sequence[int]]]:
    """Token ids and their types."""
    return [(each.ids, each.types) for each in questions]


def answers(folder: Path, questions: Sequence[Question]) -> list[tuple[Arrays, Arrays]]:
    """The outputs of each text, asked alone, and asked together with the others."""
    loaded = LoadedEncoder(folder)
    asked = [(each.ids, each.types, each.places) for each in questions]
    alone = [loaded.outputs([one])[0] for one in asked]
    return list(zip(alone, loaded.outputs(asked), strict=True))


def feeds(folder: Path, questions: Sequence[Question], answers: Sequence[object]) -> list[tuple[str, Feed]]:
    """Every text alone, and all of them as one batch."""
    loaded = LoadedEncoder(folder)
    asked = [(each.ids, each.types, each.places) for each in questions]
    return [(GRAPH, loaded.feed(rows)) for rows in (*([one] for one in asked), asked)]


def canary(questions: Sequence[Question], answers: Sequence[tuple[Arrays, Arrays]]) -> dict[str, Any]:
    """The first numbers of what the first text gave."""
    alone = answers[0][0]
    name = "last_hidden_state" if "last_hidden_state" in alone else "logits"
    values = [float(f"{value:.6g}") for value in alone[name].reshape(-1)[:_SHOWN].tolist()]
    return {"input_ids": list(questions[0].ids), "output": name, "values": values, "tolerance": _TOLERANCE}


def check(teacher: Teacher, questions: Sequence[Question], answers: Sequence[tuple[Arrays, Arrays]]) -> Check:
    """Compare every output that the model gives, alone and in the batch."""
    expected = [teacher.outputs(each.ids, each.types, each.places) for each in questions]
    got = [pair[0] for pair in answers]
    if "sentence_embedding" in expected[0]:
        found = nearest(_stacked(expected), _stacked(got), _pairs(expected, answers))
    else:
        found = compared(_pairs(expected, answers), agreed="same best label", unit="answers")
    return found


def _pairs(
    expected: Sequence[Arrays], answers: Sequence[tuple[Arrays, Arrays]]
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    import numpy as np

    return [
        (np.atleast_2d(wanted[name]), np.atleast_2d(got[name]))
        for wanted, both in zip(expected, answers, strict=True)
        for got in both
        for name in wanted
    ]


def _stacked(outputs: Sequence[Arrays]) -> NDArray[np.float32]:
    import numpy as np

    return np.stack([each["sentence_embedding"] for each in outputs])
