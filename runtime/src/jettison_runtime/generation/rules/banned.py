"""Rules about single tokens and sequences of tokens that are unwanted, or wanted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .rule import Rule

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Sources = NDArray[np.intp]


def biased(biases: Sequence[tuple[tuple[int, ...], float]], vocabulary: int) -> Rule:
    """Adds a number to the last token of each sequence of tokens wherever the others stand before it.

    :raises ValueError: an empty sequence, or a token outside the vocabulary.
    """
    for tokens, _ in biases:
        if not tokens or not all(0 <= token < vocabulary for token in tokens):
            raise ValueError(f"{list(tokens)} in bad_words_ids or sequence_bias is no sequence of known tokens")
    single = np.zeros(vocabulary, np.float32)
    for tokens, bias in biases:
        if len(tokens) == 1:
            single[tokens[0]] = bias
    longer = [(np.array(tokens), np.float32(bias)) for tokens, bias in dict(biases).items() if len(tokens) > 1]

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        total = np.broadcast_to(single, scores.shape).copy()
        for tokens, bias in longer:
            # A sequence of n tokens counts from n tokens before it on, not n - 1: so it is in transformers.
            if len(tokens) <= sequences.shape[1]:
                before = (sequences[:, 1 - len(tokens) :] == tokens[:-1]).all(axis=1)
                total[before, tokens[-1]] += bias
        scores += total

    return apply


def suppressed(tokens: Sequence[int], vocabulary: int, *, only_at: int | None = None) -> Rule:
    """These tokens are never chosen, or not at this length; those outside the vocabulary never are anyway."""
    known = [token for token in tokens if 0 <= token < vocabulary]

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        if only_at is None or sequences.shape[1] == only_at:
            scores[:, known] = -np.inf

    return apply
