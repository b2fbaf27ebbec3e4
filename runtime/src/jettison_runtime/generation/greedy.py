"""Greedy search: the best token at every step, found beside the graph where nothing else has a say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.binding import Decoding, EncoderDecoder

from . import rules
from .request import Request
from .rows import Rows


def sequences(model: EncoderDecoder, request: Request) -> NDArray[np.int64]:
    """Tokens [rows, length], the start token first, padded after the end token, as long as the longest row needs."""
    rows = Rows(model, request)
    asked = rules.asked(request.settings, request.input_ids, model.vocabulary, model.log_probabilities)
    if not asked and len(rows.found) == 1 and request.stops.only_ends and request.streamer is None:
        return rows.found[:, : _alone(rows.decoding, rows.found[0], request) + 1]
    if not asked:
        rows.decoding.choose_best()

    def choose(position: int) -> NDArray[np.int64]:
        chosen = rows.scored(asked, position).argmax(axis=1) if asked else rows.decoding.tokens[:, 0]
        return np.asarray(chosen, np.int64)

    return rows.filled(choose)


def _alone(decoding: Decoding, row: NDArray[np.int64], request: Request) -> int:
    """Fills `row`; gives back the number of steps. Python only looks for the end."""
    decoding.choose_best()
    tokens, ends = decoding.tokens, request.settings.eos_token_id
    steps = len(row) - 1
    for position in range(steps):
        decoding.step(position)
        token = row[position + 1] = tokens[0, 0]
        if token in ends:
            return position + 1
    return steps
