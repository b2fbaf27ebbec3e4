"""Token for token the same as transformers: random models of every shape, greedy and beams, every rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.equality.cases import WARPS, Cases
from bench.equality.comparison import answers, asked_of, generated, warped
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime.seq2seq import Seq2Seq
from jettison_runtime.transformers import AutoTokenizer
from tests import t5_folders

pytestmark = [pytest.mark.slow, pytest.mark.online]

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


WARPED = [
    {"options": options, "scores": (np.random.default_rng(number).standard_normal((2, 500)) * 3).tolist()}
    for number, options in enumerate(WARPS)
]


@pytest.mark.parametrize("shape", t5_folders.SHAPES)
def test_generation_is_token_for_token_that_of_transformers(
    shape: str, tmp_path: Path, workspace: Workspace, original_stack: Prepared
) -> None:
    folder = t5_folders.write(tmp_path / "model", t5_folders.SHAPES[shape], seed=3)
    cases = Cases(shape, t5_folders.VOCABULARY).drawn(70)
    found = answers(original_stack.python, folder, {"generate": cases})
    expected = found["generate"]
    made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))
    assert made[0].model is not None
    model = Seq2Seq.load(made[0].model.path, threads=1)
    assert len({str(answer) for answer in expected}) > 50, "a model that always says the same proves nothing"
    for case, answer in zip(cases, expected, strict=True):
        if asked_of(found["transformers"], [case]):
            assert generated(model, None, case) == answer, case["options"]


def test_the_example_s_model_and_tokenizer_are_those_of_transformers(
    pronounce: Path, converted: dict[str, Path], original_stack: Prepared
) -> None:
    cases = [case for case in Cases(7, t5_folders.VOCABULARY).drawn(70) if case["since"] == 4]
    questions = {"generate": cases, "tokenize": TOKENIZE, "write": DECODE, "warp": WARPED}
    found = answers(original_stack.python, pronounce / "model", questions)
    model = Seq2Seq.load(converted["fp32"], threads=1)
    for case, expected in zip(cases, found["generate"], strict=True):
        assert generated(model, None, case) == expected, case["options"]
    for case, expected in zip(WARPED, found["warp"], strict=True):
        got = warped(case["options"], np.array(case["scores"], np.float32))
        assert np.abs(got - np.array(expected)).max() < 1e-6, case["options"]
    tokenizer = AutoTokenizer.from_pretrained(converted["fp32"])
    for (text, options), expected in zip(TOKENIZE, found["tokenize"], strict=True):
        assert dict(tokenizer(text, **options)) == expected, (text, options)
    for (ids, options), expected in zip(DECODE, found["write"], strict=True):
        assert tokenizer.decode(ids, **options) == expected, (ids, options)
