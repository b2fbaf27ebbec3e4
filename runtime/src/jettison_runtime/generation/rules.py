"""Rules that change scores [rows, vocabulary] in place before a token is chosen, in transformers' order.

Sources: Keskar et al. 2019 (repetition penalty), Paulus et al. 2017 (no repeated n-grams); semantics are those of
transformers' LogitsProcessors.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .settings import Settings


def apply(settings: Settings, sequences: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    """Apply every rule that the settings ask for to the scores that follow the sequences [rows, length]."""
    if settings.repetition_penalty != 1.0:
        _penalise_repetition(settings.repetition_penalty, sequences, scores)
    if settings.no_repeat_ngram_size > 0:
        _forbid_repeated_ngrams(settings.no_repeat_ngram_size, sequences, scores)
    if sequences.shape[1] < settings.shortest_length:
        ends = [token for token in settings.eos_token_id if 0 <= token < scores.shape[1]]
        scores[:, ends] = -np.inf


def asked(settings: Settings) -> bool:
    """Whether any rule is in force at all."""
    return settings.repetition_penalty != 1.0 or settings.no_repeat_ngram_size > 0 or settings.shortest_length > 1


def _penalise_repetition(penalty: float, sequences: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    seen = np.take_along_axis(scores, sequences, axis=1)
    np.put_along_axis(scores, sequences, np.where(seen < 0, seen * penalty, seen / penalty).astype(np.float32), axis=1)


def _forbid_repeated_ngrams(size: int, sequences: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    rows, length = sequences.shape
    if length + 1 < size:
        return
    for row in range(rows):
        tokens = sequences[row].tolist()
        ending = tokens[length - size + 1 :]
        for start in range(length - size + 1):
            if tokens[start : start + size - 1] == ending:
                scores[row, tokens[start + size - 1]] = -np.inf
