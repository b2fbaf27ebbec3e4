"""Rules about how a sequence starts and when it ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .rule import Rule

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]
Sources = NDArray[np.intp]


def none_before(length: int, ends: Sequence[int]) -> Rule:
    """No end token while the sequence is shorter."""

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        if sequences.shape[1] < length:
            scores[:, ends] = -np.inf

    return apply


def forced(length: int, tokens: Sequence[int], vocabulary: int) -> Rule:
    """At this length nothing but these tokens.

    :raises ValueError: a token is outside the vocabulary.
    """
    if not all(0 <= token < vocabulary for token in tokens):
        raise ValueError(f"a forced token of {list(tokens)} is outside the vocabulary of {vocabulary}")
    allowed = list(tokens)

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        if sequences.shape[1] == length:
            scores[...] = -np.inf
            scores[:, allowed] = 0

    return apply


def drawn_near(start: int, factor: float, ends: Sequence[int], *, may_be_no_number: bool) -> Rule:
    """After `start` new tokens, end tokens gain by `factor` to the power of the tokens since.

    An end that another rule forbids becomes no number here, which transformers' greedy search takes for the largest
    and where its other searches go astray.

    :raises ValueError: there is no end token; and when applied, an end token that is forbidden.
    """
    if not ends:
        raise ValueError("exponential_decay_length_penalty needs an end token")

    def apply(sequences: Ids, scores: Floats, sources: Sources) -> None:
        since = sequences.shape[1] - (start + 1)
        if since <= 0:
            return
        found = scores[:, ends]
        if not may_be_no_number and not np.isfinite(found).all():
            raise ValueError("exponential_decay_length_penalty meets an end token that another option forbids")
        with np.errstate(invalid="ignore"):
            scores[:, ends] = found + np.abs(found) * (factor**since - 1)

    return apply
