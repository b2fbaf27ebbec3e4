"""Token for token the same as transformers: random models of every shape, greedy and beams, every rule."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime.seq2seq import Seq2Seq
from jettison_runtime.transformers import AutoTokenizer
from tests import t5_folders

pytestmark = [pytest.mark.slow, pytest.mark.online]

ORIGINAL_SIDE = """
import json, sys, torch
from transformers import AutoTokenizer, T5ForConditionalGeneration
torch.set_num_threads(1)
folder, asked, answers = sys.argv[1:4]
cases = json.load(open(asked))
model = T5ForConditionalGeneration.from_pretrained(folder).eval()
tokenizer = AutoTokenizer.from_pretrained(folder)
with torch.no_grad():
    generated = [
        model.generate(
            input_ids=torch.tensor(case["ids"]), attention_mask=torch.tensor(case["mask"]), **case["options"]
        ).tolist()
        for case in cases["generate"]
    ]
tokenized = [dict(tokenizer(text, **options)) for text, options in cases["tokenize"]]
decoded = [tokenizer.decode(ids, **options) for ids, options in cases["decode"]]
json.dump({"generate": generated, "tokenize": tokenized, "decode": decoded}, open(answers, "w"))
"""


def generation_cases(rng: random.Random, count: int) -> list[dict[str, Any]]:
    return [_generation_case(rng) for _ in range(count)]


def _generation_case(rng: random.Random) -> dict[str, Any]:
    lengths = [rng.choice([1, 3, 7, 12, 30, 70]) for _ in range(rng.choice([1, 1, 2, 3, 5]))]
    rows = [[rng.randrange(3, t5_folders.VOCABULARY) for _ in range(length)] + [1] for length in lengths]
    width = max(map(len, rows))
    options: dict[str, Any] = {"do_sample": False}
    options |= rng.choice(
        [{"max_new_tokens": rng.choice([1, 2, 8, 20, 40])}, {"max_length": rng.choice([2, 9, 25])}, {}]
    )
    beams = rng.choice([1, 1, 2, 3, 4, 6])
    if beams > 1:
        options |= {
            "num_beams": beams,
            "early_stopping": rng.choice([False, True, "never"]),
            "length_penalty": rng.choice([1.0, 0.0, 2.0, -1.0, 0.6]),
            "num_return_sequences": rng.choice([1, 1, beams]),
        }
    if rng.random() < 0.3:
        options["no_repeat_ngram_size"] = rng.choice([1, 2, 3])
    if rng.random() < 0.3:
        options["repetition_penalty"] = rng.choice([1.2, 0.8, 2.0])
    if rng.random() < 0.3:
        longest = options.get("max_length", options.get("max_new_tokens", 20) + 1)
        options["min_length"] = min(rng.choice([2, 5]), longest)
    return {
        "ids": [row + [0] * (width - len(row)) for row in rows],
        "mask": [[1] * len(row) + [0] * (width - len(row)) for row in rows],
        "options": options,
    }


TEXTS: list[Any] = ["transformer", "", "Ünïcode 日本", ["a", "transformer", "b c"], "x" * 90, "o'clock, isn't it?"]
TOKENIZE: list[tuple[Any, dict[str, Any]]] = [
    (text, options)
    for text in TEXTS
    for options in (
        {},
        {"truncation": True},
        {"truncation": True, "max_length": 5},
        {"max_length": 7},
        {"add_special_tokens": False},
        {"padding": True},
        {"padding": "max_length", "max_length": 12, "truncation": True},
        {"return_attention_mask": False},
    )
]
DECODE: list[tuple[list[int], dict[str, Any]]] = [
    (ids, options)
    for ids in ([0, 40, 41, 1, 0, 0], [5, 6, 7], [], [0], [2, 68, 1])
    for options in ({}, {"skip_special_tokens": True}, {"clean_up_tokenization_spaces": True})
]


@pytest.mark.parametrize("shape", t5_folders.SHAPES)
def test_generation_is_token_for_token_that_of_transformers(
    shape: str, tmp_path: Path, workspace: Workspace, original_stack: Prepared
) -> None:
    folder = t5_folders.write(tmp_path / "model", t5_folders.SHAPES[shape], seed=3)
    cases = generation_cases(random.Random(shape), 90)
    answers = asked(folder, tmp_path, original_stack, {"generate": cases, "tokenize": [], "decode": []})["generate"]
    made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))
    assert made[0].model is not None
    model = Seq2Seq.load(made[0].model.path, threads=1)
    assert len({str(answer) for answer in answers}) > 70, "a model that always says the same proves nothing"
    for case, expected in zip(cases, answers, strict=True):
        settings = model.settings.updated(case["options"])
        got = model.tokens(np.array(case["ids"]), np.array(case["mask"], np.int32), settings).tolist()
        assert got == expected, case["options"]


def test_the_example_s_model_and_tokenizer_are_those_of_transformers(
    pronounce: Path, converted: dict[str, Path], tmp_path: Path, original_stack: Prepared
) -> None:
    cases = generation_cases(random.Random(7), 90)
    questions = {"generate": cases, "tokenize": TOKENIZE, "decode": DECODE}
    answers = asked(pronounce / "model", tmp_path, original_stack, questions)
    model = Seq2Seq.load(converted["fp32"], threads=1)
    for case, expected in zip(cases, answers["generate"], strict=True):
        settings = model.settings.updated(case["options"])
        got = model.tokens(np.array(case["ids"]), np.array(case["mask"], np.int32), settings).tolist()
        assert got == expected, case["options"]
    tokenizer = AutoTokenizer.from_pretrained(converted["fp32"])
    for (text, options), expected in zip(TOKENIZE, answers["tokenize"], strict=True):
        assert dict(tokenizer(text, **options)) == expected, (text, options)
    for (ids, options), expected in zip(DECODE, answers["decode"], strict=True):
        assert tokenizer.decode(ids, **options) == expected, (ids, options)


def asked(folder: Path, scratch: Path, stack: Prepared, questions: dict[str, Any]) -> dict[str, Any]:
    """What transformers answers, in its own environment."""
    (scratch / "asked.json").write_text(json.dumps(questions))
    done = subprocess.run(
        [
            str(stack.python),
            "-c",
            ORIGINAL_SIDE,
            str(folder),
            str(scratch / "asked.json"),
            str(scratch / "answers.json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    answers: dict[str, Any] = json.loads((scratch / "answers.json").read_text())
    return answers
