"""Token for token the same as transformers: random models of every shape, greedy and beams, every rule."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.equality.cases import WARPS, Cases
from bench.equality.comparison import answers, asked_of, generated, warped
from bench.equality.texts import texts
from bench.equality.tokenizing import tokenized, trained
from jettison.checkpoints.sentencepiece import sentencepiece_model
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared, Wanted, prepared
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


EDGES = [
    {"ids": ids, "mask": mask, "options": {"do_sample": False, "max_new_tokens": 12, **options}, "since": 4}
    for ids, mask in (
        ([[5, 6, 7, 1], [0, 0, 0, 0]], [[1, 1, 1, 1], [0, 0, 0, 0]]),  # a row that is padding alone
        ([[1]], [[1]]),  # an empty text
        ([[0, 0, 5, 6, 1], [9, 8, 7, 6, 1]], [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]]),  # padding on the left
        ([[5, 6, 7, 1]], [[1, 0, 1, 1]]),
        ([[5] * 300 + [1]], [[1] * 301]),  # far beyond the tokenizer's limit
    )
    for options in ({}, {"num_beams": 3}, {"encoder_no_repeat_ngram_size": 2})
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
    cases = Cases(shape, t5_folders.VOCABULARY).drawn(54)
    found = answers(original_stack.python, folder, {"generate": cases})
    expected = found["generate"]
    made, _ = finished(candidates(folder, name="m", prompts=[], workspace=workspace, forms=[named("fp32")]))
    assert made[0].model is not None
    model = Seq2Seq.load(made[0].model.path, threads=1)
    assert len({str(answer) for answer in expected}) > 35, "a model that always says the same proves nothing"
    for case, answer in zip(cases, expected, strict=True):
        if asked_of(found["transformers"], [case]):
            assert generated(model, None, case) == answer, case["options"]


def test_the_example_s_model_and_tokenizer_are_those_of_transformers(
    pronounce: Path, converted: dict[str, Path], original_stack: Prepared
) -> None:
    cases = [case for case in Cases(7, t5_folders.VOCABULARY).drawn(54) if case["since"] == 4] + EDGES
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


@pytest.fixture(scope="module")
def older_tokenizers(user_workspace: Workspace) -> Path:
    """A Python with the tokenizers of transformers 4, which go by sentencepiece's rules, and without torch."""
    requirements = ("transformers==4.57.6", "sentencepiece", "protobuf")
    wanted = Wanted(name="older tokenizers", requirements=requirements, python="3.11")
    return finished(prepared(wanted, user_workspace)).python


@pytest.fixture(scope="module")
def piece_folders(older_tokenizers: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders with spiece.model alone, by rule of normalization."""
    return {each.name: each for each in trained(older_tokenizers, tmp_path_factory.mktemp("pieces"))}


def test_a_spiece_model_is_read_as_sentencepiece_reads_it(
    piece_folders: dict[str, Path], older_tokenizers: Path
) -> None:
    script = (
        "import json, sys, sentencepiece\n"
        "for path in sys.argv[1:]:\n"
        "    model = sentencepiece.SentencePieceProcessor(path)\n"
        "    rows = [[model.id_to_piece(n), model.get_score(n), model.is_control(n)] for n in range(len(model))]\n"
        "    print(json.dumps([model.unk_id(), rows]))\n"
    )
    files = [str(folder / "spiece.model") for folder in piece_folders.values()]
    said = subprocess.run([older_tokenizers, "-c", script, *files], capture_output=True, check=True).stdout
    for file, line in zip(files, said.splitlines(), strict=True):
        unknown, rows = json.loads(line)
        model = sentencepiece_model(Path(file))
        assert model.unk_id == unknown
        assert [[piece.text, piece.score, piece.is_control] for piece in model.pieces] == rows


@pytest.mark.parametrize("rule", ["nmt_nfkc", "identity", "symbols"])
def test_tokens_of_a_spiece_model_are_those_of_transformers(
    rule: str, piece_folders: dict[str, Path], older_tokenizers: Path
) -> None:
    found = tokenized(older_tokenizers, piece_folders[rule], texts(1500, seed=11))
    assert found["encoded"]["different"] == 0, found["encoded"]
    assert found["decoded"]["different"] == 0, found["decoded"]
