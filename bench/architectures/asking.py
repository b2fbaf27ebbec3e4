"""What a question of this shelf means to a peer, and what its answer says. Runs in the peers' environments."""

from __future__ import annotations

from typing import Any

_SHOWN = 4096


def given(question: dict[str, Any]) -> tuple[str, Any, int]:
    """What is asked (``encoder``, ``seq2seq``, ``graph``), the input drawn from a fixed seed, and new tokens."""
    import numpy as np

    rng = np.random.default_rng(1)
    if question["kind"] == "graph":
        return "graph", rng.standard_normal((1, *question["shape"]), dtype=np.float32), 0
    ids = rng.integers(5, question["vocabulary"], (1, question["length"])).astype(np.int64)
    return question["kind"], ids, question.get("new", 0)


def said(answer: Any) -> dict[str, Any]:
    """The first numbers of the answer; tokens where it is text."""
    kept = answer.reshape(-1)[:_SHOWN]
    return {"tokens": kept.tolist()} if kept.dtype.kind == "i" else {"numbers": [float(value) for value in kept]}
