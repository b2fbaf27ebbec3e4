"""Encoders of every family, with every head: the numbers and the answers of transformers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import jettison_runtime
from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.environments import Prepared
from jettison.records import finished
from jettison.workspace import Workspace
from tests import encoder_folders
from tests.encoder_folders import TEXTS

pytestmark = [pytest.mark.slow, pytest.mark.online]

PEER = Path(__file__).parent.parent / "encoder_peer.py"
LONG = " ".join(TEXTS * 2)
MASKED = ["the quick {} fox", "{} is a city", "what {} jumps {}"]
QUESTION = "who is where?"
NEEDED = 1e-4
"""Largest difference of a number, as a share of the largest (or of 1, for a score)."""

Case = dict[str, Any]


def cases(task: str, mask: str) -> list[Case]:
    """What a pipeline of transformers is asked."""
    if task == "text-classification":
        options: list[Case] = [{}, {"top_k": None}, {"top_k": 2, "function_to_apply": "sigmoid"}]
        pairs = [{"text": one, "text_pair": other} for one, other in pairwise(TEXTS)]
        return [{"inputs": [TEXTS], "options": each} for each in options] + [{"inputs": [pairs]}]
    if task == "token-classification":
        kept: list[str] = []
        options = [{"aggregation_strategy": each} for each in ("none", "simple", "first", "average", "max")]
        options += [{"aggregation_strategy": "simple", "ignore_labels": kept}]
        options += [{"aggregation_strategy": "first", "stride": 5, "ignore_labels": kept}]
        return [{"inputs": [[*TEXTS, LONG * 2]], "options": each} for each in options]
    if task == "question-answering":
        options = [{}, {"top_k": 3}, {"top_k": 2, "handle_impossible_answer": True}]
        options += [{"max_seq_len": 32, "doc_stride": 3, "align_to_words": False}, {"max_answer_len": 2}]
        return [
            {"options": {"question": QUESTION, "context": text, **each}} for text in (*TEXTS, LONG) for each in options
        ]
    if task == "fill-mask":
        words = {"targets": ["quick", "lazy", "zzz"], "top_k": 2}
        asked = [{"inputs": [text.format(*[mask] * 2)]} for text in MASKED]
        return [*asked, {"inputs": [f"the {mask} dog"], "options": words}]
    return [{"inputs": [TEXTS]}]


def classified(model: Any, case: Case) -> Any:
    options = case.get("options", {})
    texts = [tuple(each.values()) if isinstance(each, dict) else each for each in case["inputs"][0]]
    found = model.classify(texts, **options)
    return found if "top_k" in options else [each[0] for each in found]


def tagged(model: Any, case: Case) -> Any:
    return model.classify(case["inputs"][0], **case["options"])


def answered(model: Any, case: Case) -> Any:
    found = model.answer(**case["options"])
    return found[0] if len(found) == 1 else found


def filled(model: Any, case: Case) -> Any:
    (found,) = model.fill(case["inputs"], **case.get("options", {}))
    return found[0] if len(found) == 1 else found


def hidden(model: Any, case: Case) -> Any:
    return [[each.tolist()] for each in model.hidden_states(case["inputs"][0])]


OURS: dict[str, Callable[[Any, Case], Any]] = {
    "text-classification": classified,
    "token-classification": tagged,
    "question-answering": answered,
    "fill-mask": filled,
    "feature-extraction": hidden,
}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, reference_stack: Prepared) -> dict[tuple[str, str], Any]:
    """Folders with weights, by family and task, and what transformers makes of them."""
    root = tmp_path_factory.mktemp("encoders")
    asked, named_by = {}, {}
    for family in encoder_folders.CONFIGS:
        mask = "<mask>" if "roberta" in family else "[MASK]"
        for task in encoder_folders.HEADS:
            folder = encoder_folders.write(root / f"{family} {task}", family, task)
            asked[str(folder)] = {"task": task, "texts": [*TEXTS, LONG], "cases": cases(task, mask)}
            named_by[str(folder)] = (family, task)
    questions, answers = root / "questions.json", root / "answers.json"
    questions.write_text(json.dumps(asked))
    command = [reference_stack.python, PEER, questions, answers]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return {
        named_by[folder]: {"folder": Path(folder), **asked[folder], **found}
        for folder, found in json.loads(answers.read_text()).items()
    }


@pytest.mark.parametrize("task", encoder_folders.HEADS)
@pytest.mark.parametrize("family", encoder_folders.CONFIGS)
def test_numbers_and_answers_are_those_of_transformers(
    family: str, task: str, expected: dict[tuple[str, str], Any], workspace: Workspace
) -> None:
    asked = expected[family, task]
    made, rejected = finished(
        candidates(asked["folder"], name="m", prompts=TEXTS, workspace=workspace, forms=[named("fp32")])
    )
    assert not rejected
    assert made[0].model is not None
    model = jettison_runtime.load(made[0].model.path, threads=1)
    model.model.check_canary()
    for batch in asked["outputs"]:
        check_batch(model.model, batch)
    steady = [each for each in zip(asked["cases"], asked["answers"], strict=True) if each[1] is not None]
    assert len(steady) >= 0.8 * len(asked["cases"])
    for case, answer in steady:
        assert same(answer, json.loads(json.dumps(OURS[task](model, case)))), case


def check_batch(model: Any, batch: dict[str, Any]) -> None:
    given = {name: np.array(rows) for name, rows in batch["inputs"].items()}
    found = model.outputs(given["input_ids"], given["attention_mask"], given.get("token_type_ids"))
    assert batch["outputs"].keys() <= found.keys()
    real = given["attention_mask"] > 0
    for name, rows in batch["outputs"].items():
        wanted, got = np.array(rows, np.float32), found[name]
        if wanted.shape[:2] == real.shape:
            wanted, got = wanted[real], got[real]
        assert np.abs(wanted - got).max() <= NEEDED * np.abs(wanted).max(), name


def same(expected: Any, got: Any) -> bool:
    if isinstance(expected, dict):
        return bool(expected.keys() == got.keys()) and all(same(expected[key], got[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, float):
        return bool(abs(expected - got) <= NEEDED * max(1, abs(expected)))
    return bool(expected == got)
