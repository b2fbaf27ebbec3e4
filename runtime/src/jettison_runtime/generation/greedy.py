"""Greedy search: the best token at every step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.binding import Decoding, EncoderDecoder

from . import rules
from .settings import Settings


def sequences(
    model: EncoderDecoder, input_ids: NDArray[np.int64], mask: NDArray[np.int32], settings: Settings
) -> NDArray[np.int64]:
    """Tokens [rows, length], the start token first, padded after the end token, as long as the longest row needs."""
    steps = settings.total_length - 1
    decoding = model.decoding(model.encode(input_ids, mask), mask, length=steps)
    found = np.full((len(input_ids), steps + 1), settings.padding, np.int64)
    found[:, 0] = settings.decoder_start_token_id
    decoding.tokens[:] = settings.decoder_start_token_id
    made = (_ruled if rules.asked(settings) else _free)(decoding, found, settings)
    return found[:, : made + 1]


def _free(decoding: Decoding, found: NDArray[np.int64], settings: Settings) -> int:
    """Fills `found`; gives back the number of steps. The graph chooses the token; Python only looks for the end."""
    decoding.choose_best()
    tokens, ends = decoding.tokens, settings.eos_token_id
    steps = int(found.shape[1]) - 1
    if len(found) == 1:
        row = found[0]
        for position in range(steps):
            decoding.step(position)
            token = row[position + 1] = tokens[0, 0]
            if token in ends:
                return position + 1
        return steps
    open_rows = np.ones(len(found), bool)
    for position in range(steps):
        decoding.step(position)
        if _advance(tokens[:, 0], found[:, position + 1], open_rows, settings):
            return position + 1
    return steps


def _ruled(decoding: Decoding, found: NDArray[np.int64], settings: Settings) -> int:
    open_rows = np.ones(len(found), bool)
    steps = int(found.shape[1]) - 1
    for position in range(steps):
        decoding.step(position)
        rules.apply(settings, found[:, : position + 1], decoding.logits)
        decoding.tokens[:, 0] = decoding.logits.argmax(axis=1)
        if _advance(decoding.tokens[:, 0], found[:, position + 1], open_rows, settings):
            return position + 1
        decoding.tokens[:, 0] = found[:, position + 1]
    return steps


def _advance(
    chosen: NDArray[np.int64], place: NDArray[np.int64], open_rows: NDArray[np.bool_], settings: Settings
) -> bool:
    """Write the chosen tokens of the open rows, close rows that ended; True when all have."""
    place[open_rows] = chosen[open_rows]
    open_rows &= ~np.isin(chosen, settings.eos_token_id)
    return not open_rows.any()
