"""Sequences that each go their own way, one token a step, until each is done: what greedy search and sampling share.

A row that is done fills up with padding. Once at least half of the prompts being decoded are done, the others go on
without them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.binding import Decoding, EncoderDecoder

from .request import Request
from .rules import Rule


class Rows:
    """The sequences of one request, `rows_of_a_prompt` for each prompt."""

    def __init__(self, model: EncoderDecoder, request: Request) -> None:
        settings, each = request.settings, request.settings.rows_of_a_prompt
        batch, steps = len(request.input_ids), settings.total_length - 1
        self._request, self._each = request, each
        cross = model.encode(request.input_ids, request.mask)
        self.decoding: Decoding = model.decoding(cross, request.mask, length=steps, beams=each)
        self.decoding.tokens[:] = settings.decoder_start_token_id
        self.found = np.full((batch * each, steps + 1), settings.padding, np.int64)
        """[rows, longest length]: what has been generated, the start token first."""
        self.found[:, 0] = settings.decoder_start_token_id
        self._present = np.arange(batch * each)
        """[rows being decoded]: which of `found` each is."""

    def scored(self, rules: tuple[Rule, ...], position: int) -> NDArray[np.float32]:
        """The logits after the step at `position`, changed by the rules: [rows being decoded, vocabulary]."""
        logits, sources = self.decoding.logits, self._present // self._each
        if rules:
            sequences = self.found[self._present, : position + 1]
            for rule in rules:
                rule(sequences, logits, sources)
        return logits

    def filled(self, choose: Callable[[int], NDArray[np.int64]]) -> NDArray[np.int64]:
        """Decode to the end.

        :param choose: the tokens [rows being decoded] that follow the step at a position.
        """
        found, streamer = self.found, self._request.streamer
        if streamer is not None:
            streamer.put(found[:, :1])
        steps = int(found.shape[1]) - 1
        going = np.ones(len(found), bool)
        for position in range(steps):
            self.decoding.step(position)
            going = self._take(choose(position), going, position + 1)
            if streamer is not None:
                streamer.put(found[:, position + 1])
            if not going.any():
                steps = position + 1
                break
            if position + 1 < steps:
                going = self._without_those_done(going, position)
        if streamer is not None:
            streamer.end()
        return found[:, : steps + 1]

    def _take(self, tokens: NDArray[np.int64], going: NDArray[np.bool_], place: int) -> NDArray[np.bool_]:
        """Write the tokens of the rows that go on; gives back which still do."""
        settings, stops = self._request.settings, self._request.stops
        # Without an end token, transformers lets every row speak until the last one is done.
        speaking = going if settings.eos_token_id else np.ones_like(going)
        taken = np.where(speaking, tokens, settings.padding)
        self.found[self._present, place] = taken
        if stops.only_ends:
            return going & ~stops.ended(taken)
        return going & ~stops.done(self.found[self._present, : place + 1])

    def _without_those_done(self, going: NDArray[np.bool_], position: int) -> NDArray[np.bool_]:
        """Let prompts of which all rows are done leave, when they are at least half of those present."""
        settings = self._request.settings
        by_prompt = going.reshape(-1, self._each)
        staying: NDArray[np.bool_] = np.asarray(by_prompt.any(axis=1))
        self.decoding.tokens[:, 0] = self.found[self._present, position + 1]
        if 2 * int(staying.sum()) > len(staying) or not settings.eos_token_id:
            return going
        self.decoding.keep(np.flatnonzero(staying), position)
        self._present = self._present.reshape(-1, self._each)[staying].reshape(-1)
        return by_prompt[staying].reshape(-1)
