"""Beam search with the meaning of transformers' (5.x): length penalty, early stopping, several returned sequences.

Each source keeps `num_beams` running sequences and `num_beams` best finished ones. A step scores every
continuation, keeps the best (1 + number of end tokens) times num_beams of them, lets those that end compete for
the finished places, and runs on with the best that do not end.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.binding import EncoderDecoder

from . import rules
from .request import Request
from .settings import Settings

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]

_NEVER = np.float32(-1e9)


@dataclass
class _Beams:
    """Running and finished sequences of a batch: [batch, beams, length], scores [batch, beams]."""

    running: Ids
    running_scores: Floats
    finished: Ids
    finished_scores: Floats
    lengths: Ids
    """[batch, beams]: of the finished sequences, all tokens counted."""
    complete: NDArray[np.bool_]
    """[batch, beams]: which finished places are taken."""
    improvable: NDArray[np.bool_]
    """[batch, 1]: whether a running sequence could still beat a finished one."""
    ended: NDArray[np.bool_]
    """[batch, kept]: which continuations of the last step ended."""

    @property
    def sources(self) -> NDArray[np.intp]:
        """[batch, 1]: 0, 1, …; what picks per source are made beside."""
        return np.arange(len(self.running))[:, None]

    def only(self, sources: NDArray[np.intp]) -> _Beams:
        """These sources of the batch alone."""
        return _Beams(**{field.name: getattr(self, field.name)[sources] for field in fields(self)})


def sequences(model: EncoderDecoder, request: Request) -> Ids:
    """Tokens [rows * num_return_sequences, length], best first within a source, padded after the end token."""
    settings, mask = request.settings, request.mask
    batch, beams, length = len(mask), settings.num_beams, settings.total_length
    asked = rules.asked(settings, request.input_ids, model.vocabulary, model.log_probabilities)
    decoding = model.decoding(model.encode(request.input_ids, mask), mask, length=length - 1, beams=beams)
    decoding.tokens[:] = settings.decoder_start_token_id
    scoring, state = decoding.scoring(), _start(batch, settings)
    answers, present = _Answers(state, settings), np.arange(batch)
    kept = min(max(2, 1 + len(settings.eos_token_id)) * beams, model.vocabulary)
    for position in range(length - 1):
        decoding.step(position)
        scoring.update()
        if asked:
            running = state.running[:, :, : position + 1].reshape(len(present) * beams, -1)
            for rule in asked:
                rule(running, scoring.scores, np.repeat(present, beams))
        origins = _extend(state, *scoring.best(kept), position + 1, request)
        if not _goes_on(state, settings):
            break
        decoding.reorder((origins + state.sources * beams).reshape(-1), position)
        decoding.tokens[:, 0] = state.running[:, :, position + 1].reshape(-1)
        staying = _undecided(state, request)
        if 2 * int(staying.sum()) <= len(staying):
            answers.take(state, present)
            chosen = np.flatnonzero(staying)
            state, present = state.only(chosen), present[chosen]
            decoding.keep(chosen, position)
            scoring = decoding.scoring()
    answers.take(state, present)
    return answers.best()


class _Answers:
    """The finished sequences of all sources, those that left early among them."""

    def __init__(self, state: _Beams, settings: Settings) -> None:
        self._settings = settings
        self._finished, self._lengths = state.finished.copy(), state.lengths.copy()

    def take(self, state: _Beams, present: NDArray[np.intp]) -> None:
        """Take over what has been found for the sources that are present."""
        self._finished[present] = state.finished
        self._lengths[present] = np.where(state.complete, state.lengths, 1)

    def best(self) -> Ids:
        """Tokens [sources * num_return_sequences, length]."""
        returned = self._settings.num_return_sequences
        best = self._finished[:, :returned].reshape(-1, self._finished.shape[2])
        return best[:, : int(self._lengths[:, :returned].max())]


def _start(batch: int, settings: Settings) -> _Beams:
    shape = (batch, settings.num_beams)
    # transformers fills with `pad or end`: where padding is token 0, short rows end in end tokens.
    fill = settings.padding or (settings.eos_token_id[0] if settings.eos_token_id else -1)
    running = np.full((*shape, settings.total_length), fill, np.int64)
    running[:, :, 0] = settings.decoder_start_token_id
    running_scores = np.zeros(shape, np.float32)
    running_scores[:, 1:] = _NEVER  # all beams start equal: only the first may speak
    return _Beams(
        running=running,
        running_scores=running_scores,
        finished=running.copy(),
        finished_scores=np.full(shape, _NEVER, np.float32),
        lengths=np.ones(shape, np.int64),
        complete=np.zeros(shape, bool),
        improvable=np.ones((batch, 1), bool),
        ended=np.zeros(shape, bool),
    )


def _extend(state: _Beams, scores: Floats, tokens: Ids, length: int, request: Request) -> NDArray[np.int64]:
    """One step of every beam to `length` tokens; gives back which beam each running sequence continues.

    `scores` and `tokens` [rows, kept] are the best continuations of each beam.
    """
    settings, (batch, beams) = request.settings, state.running_scores.shape
    kept, sources = scores.shape[1], state.sources
    total = (scores.reshape(batch, beams, kept) + state.running_scores[:, :, None]).reshape(batch, -1)
    top, top_scores = _best(total, kept, sources)
    origins, tokens = top // kept, tokens.reshape(batch, -1)[sources, top]
    continued = state.running[sources, origins]
    continued[:, :, length] = tokens
    state.ended = request.stops.done(continued[:, :, : length + 1])
    if length + 1 == settings.total_length:
        state.ended[...] = True
    picked, state.running_scores = _best(top_scores + _barred(state.ended), beams, sources)
    state.running = continued[sources, picked]
    _finish(state, continued, top_scores, length, settings)
    _look_ahead(state, length + 1, settings)
    chosen: NDArray[np.int64] = origins[sources, picked]
    return chosen


def _finish(state: _Beams, continued: Ids, scores: Floats, length: int, settings: Settings) -> None:
    """Let the continuations that ended compete for the finished places. `length` new tokens count for the penalty."""
    beams, sources = settings.num_beams, state.sources
    just_ended = state.ended & (np.arange(scores.shape[1]) < beams)
    if not just_ended.any():
        return
    scores = (scores / np.float32(length**settings.length_penalty)).astype(np.float32)
    full = np.array(state.complete.all(axis=1, keepdims=True) & (settings.early_stopping is True))
    scores = np.asarray(scores + _barred(full) + _barred(~state.improvable) + _barred(~just_ended), np.float32)
    merged = np.concatenate([state.finished_scores, scores], axis=1)
    picked, state.finished_scores = _best(merged, beams, sources)
    state.finished = np.concatenate([state.finished, continued], axis=1)[sources, picked]
    state.complete = np.concatenate([state.complete, just_ended], axis=1)[sources, picked]
    grown = np.full(just_ended.shape, length + 1)
    state.lengths = np.concatenate([state.lengths, grown], axis=1)[sources, picked]


def _look_ahead(state: _Beams, length: int, settings: Settings) -> None:
    """Whether the best running sequence, at the length assumed for it, could still beat the worst finished one."""
    if settings.early_stopping == "never" and settings.length_penalty > 0.0:
        assumed = settings.total_length - 1
    else:
        assumed = length - 1
    best = state.running_scores[:, :1] / np.float32(assumed**settings.length_penalty)
    worst = np.where(state.complete, state.finished_scores.min(axis=1, keepdims=True), _NEVER)
    state.improvable &= (best > worst).any(axis=1, keepdims=True)


def _goes_on(state: _Beams, settings: Settings) -> bool:
    all_complete = bool(state.complete.all()) and settings.early_stopping is True
    return bool(state.improvable.any()) and not all_complete and not bool(state.ended.all())


def _undecided(state: _Beams, request: Request) -> NDArray[np.bool_]:
    """[batch]: which sources another step can still change. Stop strings could end the whole batch: then all stay."""
    if request.stops.by_text:
        return np.ones(len(state.running), bool)
    full = state.complete.all(axis=1) & (request.settings.early_stopping is True)
    undecided: NDArray[np.bool_] = state.improvable[:, 0] & ~full
    return undecided


def _best(scores: Floats, count: int, sources: NDArray[np.intp]) -> tuple[NDArray[np.int64], Floats]:
    """Places and values of the `count` largest scores of each source, largest first; the first of equals wins."""
    places = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    return places, scores[sources, places]


def _barred(places: NDArray[np.bool_]) -> Floats:
    """What to add to scores so that these places lose to every other."""
    return np.where(places, _NEVER, np.float32(0))
