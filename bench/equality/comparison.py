"""The same questions to transformers, in its own environment, and to ours."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.generation import sampling
from jettison_runtime.generation.settings import Settings
from jettison_runtime.seq2seq import Seq2Seq
from jettison_runtime.tokenization import TextTokenizer

from .cases import Case

_PEER = Path(__file__).with_name("peer.py")
_SHOWN = 3


def answers(python: Path, folder: Path, questions: dict[str, Any]) -> dict[str, Any]:
    """What transformers answers.

    :raises RuntimeError: with the last words of the peer.
    """
    with tempfile.TemporaryDirectory() as scratch:
        asked, answered = Path(scratch) / "asked.json", Path(scratch) / "answers.json"
        asked.write_text(json.dumps(questions))
        command = [str(python), str(_PEER), str(folder), str(asked), str(answered)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        found: dict[str, Any] = json.loads(answered.read_text())
        return found


def generated(model: Seq2Seq, tokenizer: TextTokenizer | None, case: Case) -> list[list[int]]:
    """What the runtime generates for a case."""
    settings = model.settings.updated(case["options"])
    found = model.tokens(np.array(case["ids"]), np.array(case["mask"], np.int32), settings, tokenizer=tokenizer)
    rows: list[list[int]] = found.tolist()
    return rows


def warped(options: dict[str, Any], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities [rows, vocabulary] of the next token, as the runtime samples it."""
    order = np.argsort(-scores, axis=1, kind="stable")

    def best(count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        return np.take_along_axis(scores, order[:, :count], axis=1), order[:, :count]

    settings = Settings(do_sample=True).updated(options)
    tokens, probabilities = sampling.distribution(settings, scores.shape[1], best)
    found = np.zeros_like(scores)
    np.put_along_axis(found, tokens, probabilities, axis=1)
    return found


def compared(pairs: Iterable[tuple[Any, Any, Any]]) -> dict[str, Any]:
    """Counts of (question, expected, got) that are equal and that differ, with the first that do."""
    equal, different = 0, []
    for question, expected, got in pairs:
        if expected == got:
            equal += 1
        else:
            different.append({"question": question, "expected": expected, "got": got})
    return {"equal": equal, "different": len(different), "first_different": different[:_SHOWN]}


def asked_of(version: str, cases: Sequence[Case]) -> list[Case]:
    """The cases that this version of transformers answers as the runtime means to."""
    return [case for case in cases if int(version.partition(".")[0]) >= case["since"]]
