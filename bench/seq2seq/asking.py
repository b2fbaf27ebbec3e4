"""What a question of this shelf means to a peer, and what its answer says. Runs in the peers' environments."""

from __future__ import annotations

from typing import Any

_FIRST_ID, _LAST_ID = 3, 32_000


def given(question: dict[str, int]) -> tuple[Any, int, int]:
    """Token ids [rows, source], drawn from the seed; new tokens; beams."""
    import numpy as np

    rng = np.random.default_rng(question["seed"])
    ids = rng.integers(_FIRST_ID, _LAST_ID, (question["rows"], question["source"])).astype(np.int64)
    return ids, question["new"], question["beams"]


def said(answer: list[list[int]]) -> dict[str, list[list[int]]]:
    """The tokens of each row."""
    return {"tokens": answer}
