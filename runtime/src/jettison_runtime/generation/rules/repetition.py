"""Rules against saying things again, and against (or for) saying what the prompt says."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .rule import Rule

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Sources = NDArray[np.intp]


def penalised(penalty: float) -> Rule:
    """Tokens of the sequence become less likely."""

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        _scale(scores, sequences, penalty)

    return apply


def of_the_prompt(penalty: float, prompts: Ids) -> Rule:
    """Tokens of the row's own prompt become less likely, or more so below 1.

    Where a prompt has several rows this is what transformers does from 5 on; before, it took other rows' prompts.
    """

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        _scale(scores, prompts[sources], penalty)

    return apply


def no_ngram_twice(size: int) -> Rule:
    """No n-gram of the sequence is completed again."""

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        if sequences.shape[1] >= size:
            _forbid(sliding_window_view(sequences, size, axis=1), sequences, scores)

    return apply


def no_ngram_of_the_prompt(size: int, prompts: Ids) -> Rule:
    """No n-gram of the prompt is completed."""
    grams = sliding_window_view(prompts, size, axis=1) if prompts.shape[1] >= size else None

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        if grams is not None and sequences.shape[1] >= size - 1:
            _forbid(grams[sources], sequences, scores)

    return apply


def _scale(scores: Floats, tokens: Ids, penalty: float) -> None:
    seen = np.take_along_axis(scores, tokens, axis=1)
    np.put_along_axis(scores, tokens, np.where(seen < 0, seen * penalty, seen / penalty).astype(np.float32), axis=1)


def _forbid(grams: Ids, sequences: Ids, scores: Floats) -> None:
    """No token that makes the end of a sequence one of its n-grams [rows, n-grams, size]."""
    rest = grams.shape[2] - 1
    ending = sequences[:, sequences.shape[1] - rest :]
    rows, places = np.nonzero((grams[:, :, :rest] == ending[:, None]).all(axis=2))
    scores[rows, grams[rows, places, -1]] = -np.inf
