"""A task asked with tensors: its options mean there what they mean in friendly JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jettison.workspace import Workspace

from .program import running
from .task_folders import made

TEXTS = ["hello", "a fox jumps over the lazy dog"]
Case = tuple[str, dict[str, list[str]], dict[str, Any], Callable[[Any], Any], str]


def labels(answer: list[dict[str, Any]]) -> list[str]:
    return [each["label"] for each in answer]


CASES: dict[str, Case] = {
    "beams": (
        "text2text-generation",
        {"text": TEXTS},
        {"num_beams": 4, "length_penalty": 2.0, "max_new_tokens": 12},
        str,
        "generated_text",
    ),
    "a sum that is not one": (
        "text-classification",
        {"text": TEXTS},
        {"top_k": 2, "function_to_apply": "sigmoid"},
        lambda answer: [each["score"] for each in answer],
        "score",
    ),
    "a short answer": (
        "question-answering",
        {"question": ["who is where?"], "context": [TEXTS[1]]},
        {"max_answer_len": 1},
        lambda answer: answer["answer"],
        "answer",
    ),
    "vectors one long": (
        "feature-extraction",
        {"text": TEXTS},
        {"normalize": True},
        list,
        "embedding",
    ),
}
"""Task, its columns, options that change the answer, what to take of a friendly answer, and the output that has it."""


@pytest.mark.parametrize("name", CASES)
def test_options_mean_the_same_beside_tensors(name: str, tmp_path: Path, workspace: Workspace) -> None:
    task, columns, options, taken, output = CASES[name]
    single = task == "question-answering"
    friendly = {key: values[0] if single else values for key, values in columns.items()}
    with running(made(task, tmp_path, workspace), "--batch-rows", "4") as program:
        path = next(each for each in program.ask("/openapi.json")[1]["paths"] if each in VERBS)
        status, answer, _ = program.ask(path, {**friendly, **options})
        assert status == 200
        wanted = [taken(each) for each in answer["answers"]]
        assert wanted != [taken(each) for each in program.ask(path, friendly)[1]["answers"]]
        status, answer, _ = program.ask(f"/v2/models/{program.model}/infer", tensors(columns, options))
    assert status == 200
    (found,) = (each for each in answer["outputs"] if each["name"] == output)
    got = found["data"]
    if len(found["shape"]) > 1:
        width = found["shape"][1]
        got = [got[start : start + width] for start in range(0, len(got), width)]
        assert got == [pytest.approx(each, abs=1e-6) for each in wanted]
    else:
        assert got == wanted


VERBS = ("/generate", "/classify", "/answer", "/embed")


def tensors(columns: dict[str, list[str]], options: dict[str, Any]) -> dict[str, Any]:
    inputs = [
        {"name": key, "datatype": "BYTES", "shape": [len(values)], "data": values} for key, values in columns.items()
    ]
    return {"inputs": inputs, "parameters": options}


def test_options_that_tensors_cannot_answer_are_refused_and_strange_ones_left(
    tmp_path: Path, workspace: Workspace
) -> None:
    with running(made("text2text-generation", tmp_path, workspace)) as program:
        path = f"/v2/models/{program.model}/infer"
        asked = {"max_new_tokens": 2, "priority": 1, "sequence_id": 0}  # the last two: Triton's own
        assert program.ask(path, tensors({"text": TEXTS}, asked))[0] == 200
        refused: list[tuple[dict[str, Any], str]] = [
            ({"num_return_sequences": 2, "num_beams": 2}, "num_return_sequences: no parameter of tensors; /generate"),
            ({"stream": True}, "stream: no parameter of tensors"),
            ({"num_beams": 17}, "num_beams: a whole number from 1 to 16"),
            ({"do_sample": True, "num_beams": 2}, "do_sample=True, num_beams>1"),
        ]
        for options, why in refused:
            status, answer, _ = program.ask(path, tensors({"text": TEXTS}, options))
            assert status == 422
            assert why in answer["error"]
