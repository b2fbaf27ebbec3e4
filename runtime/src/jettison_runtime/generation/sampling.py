"""Sampling: every next token drawn from what temperature and cut-offs leave of the model's distribution.

Sources: Fan et al. 2018 (top-k), Holtzman et al. 2019 (top-p), Nguyen et al. 2024 (min-p), Meister et al. 2022
(typical), Hewitt et al. 2022 (epsilon and eta); order and semantics are those of transformers. The vocabulary is sorted
by the graph; what Python sees are the largest `top_k` scores of a row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.binding import EncoderDecoder

from . import chance, rules
from .request import Request
from .rows import Rows
from .settings import Settings

Ids = NDArray[np.int64]
Floats = NDArray[np.float32]


def sequences(model: EncoderDecoder, request: Request) -> Ids:
    """Tokens [rows * num_return_sequences, length], the start token first, padded after the end token."""
    rows, settings = Rows(model, request), request.settings
    asked = rules.asked(settings, request.input_ids, model.vocabulary, model.log_probabilities)

    def choose(position: int) -> Ids:
        rows.scored(asked, position)
        tokens, probabilities = distribution(settings, model.vocabulary, rows.decoding.best)
        return drawn(tokens, probabilities)

    return rows.filled(choose)


def distribution(
    settings: Settings, vocabulary: int, best: Callable[[int], tuple[Floats, Ids]]
) -> tuple[Ids, NDArray[np.float32]]:
    """The tokens that may come next and how likely each is, both [rows, candidates], likely ones first.

    :param best: gives the largest scores of each row and their tokens, [rows, count] each, largest first.
    """
    scores, tokens = _warmed(settings, vocabulary, best)
    if settings.top_p < 1.0:
        # From the least likely up, as transformers adds: a token stays when those up to it exceed what may go.
        mass = np.cumsum(_softmax(scores)[:, ::-1], axis=1, dtype=np.float64)[:, ::-1]
        out = mass.astype(np.float32) <= np.float32(1 - settings.top_p)
        out[:, 0] = False
        scores[out] = -np.inf
    if settings.min_p is not None:
        likely = _softmax(scores)
        scores[likely < np.float32(settings.min_p) * likely[:, :1]] = -np.inf
    if settings.typical_p < 1.0:
        scores[_untypical(scores, settings.typical_p)] = -np.inf
    if 0.0 < settings.epsilon_cutoff < 1.0:
        _cut(scores, np.float32(settings.epsilon_cutoff))
    if 0.0 < settings.eta_cutoff < 1.0:
        epsilon = np.float32(settings.eta_cutoff)
        _cut(scores, np.minimum(epsilon, np.sqrt(epsilon) * np.exp(-_entropy(scores))))
    return tokens, _softmax(scores)


def drawn(tokens: Ids, probabilities: NDArray[np.float32]) -> Ids:
    """A token of each row, by the row's probabilities.

    :raises ValueError: a row in which nothing is possible.
    """
    mass = np.cumsum(probabilities, axis=1, dtype=np.float64)
    if not np.isfinite(mass[:, -1]).all():
        raise ValueError("these options leave no token to sample")
    point = np.minimum(chance.uniform(len(mass)) * mass[:, -1], np.nextafter(mass[:, -1], 0))
    # The first place whose mass exceeds the point has a probability above 0.
    places = (mass <= point[:, None]).sum(axis=1)
    chosen: Ids = np.take_along_axis(tokens, places[:, None], axis=1)[:, 0]
    return chosen


def _warmed(settings: Settings, vocabulary: int, best: Callable[[int], tuple[Floats, Ids]]) -> tuple[Floats, Ids]:
    """Scores by temperature, largest first, those outside the top k left out."""
    count = min(settings.top_k, vocabulary) or vocabulary
    while True:
        # One more than asked: of scores that are equal at the edge, transformers keeps all.
        scores, tokens = best(min(count + 1, vocabulary))
        scores = np.array(scores / np.float32(settings.temperature), np.float32)
        edge = min(settings.top_k or vocabulary, vocabulary) - 1
        tied = (scores[:, -1] == scores[:, edge]) & np.isfinite(scores[:, -1])
        if scores.shape[1] == vocabulary or not tied.any():
            break
        count *= 2
    scores[scores < scores[:, edge : edge + 1]] = -np.inf
    return scores, tokens


def _untypical(scores: Floats, mass: float) -> NDArray[np.bool_]:
    """Tokens whose surprise is far from the row's entropy, beyond those that make up `mass`."""
    likely = _softmax(scores)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = -_log_softmax(scores)
    distance = np.abs(surprise - _entropy(scores))
    order = np.argsort(distance, axis=1, kind="stable")
    total = np.cumsum(np.take_along_axis(likely, order, axis=1), axis=1, dtype=np.float64).astype(np.float32)
    last = np.minimum((total < np.float32(mass)).sum(axis=1), scores.shape[1] - 1)
    edge = np.take_along_axis(np.take_along_axis(distance, order, axis=1), last[:, None], axis=1)
    out = distance > edge
    np.put_along_axis(out, order[:, :1], False, axis=1)
    return np.asarray(out)


def _cut(scores: Floats, least: Floats | np.float32) -> None:
    """Make tokens less likely than `least` impossible; never the best one."""
    scores[(_softmax(scores) < least) & (scores < scores.max(axis=1, keepdims=True))] = -np.inf


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def _log_softmax(scores: Floats) -> Floats:
    moved = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)), np.float32)


def _entropy(scores: Floats) -> Floats:
    """[rows, 1], in nats."""
    likely, surprise = _softmax(scores), -_log_softmax(scores)
    terms = np.where(likely > 0, likely * np.where(np.isfinite(surprise), surprise, 0), 0)
    return np.asarray(terms.sum(axis=1, keepdims=True), np.float32)
