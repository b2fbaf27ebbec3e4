"""How wrong an answer is: errors and the size they are counted against, an item at a time.

The rate over many items is sum(errors) / sum(sizes), as word and phoneme error rates are defined.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

Metric: TypeAlias = Callable[[str, str], tuple[float, float]]
"""(prediction, target) → (errors, size)."""


def token_error_rate(prediction: str, target: str) -> tuple[float, float]:
    """Edits between the tokens that white space separates (phonemes, words), over the target's tokens."""
    return _edits(prediction.split(), target.split())


def character_error_rate(prediction: str, target: str) -> tuple[float, float]:
    """Edits between characters, over the target's characters."""
    return _edits(prediction, target)


def exact_match(prediction: str, target: str) -> tuple[float, float]:
    """1 for any difference but white space at the ends."""
    return float(prediction.strip() != target.strip()), 1.0


METRICS: dict[str, Metric] = {
    "token_error_rate": token_error_rate,
    "word_error_rate": token_error_rate,
    "phoneme_error_rate": token_error_rate,
    "character_error_rate": character_error_rate,
    "exact_match": exact_match,
}


def _edits(prediction: Sequence[str], target: Sequence[str]) -> tuple[float, float]:
    """Levenshtein distance, and the target's length (at least 1: an answer to an empty target can be wrong)."""
    row = list(range(len(target) + 1))
    for i, got in enumerate(prediction, 1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(target, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (got != wanted))
    return float(row[-1]), float(max(len(target), 1))
