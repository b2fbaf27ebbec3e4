"""Rules that change scores in place before a token is chosen, with the meaning and in the order of transformers'.

Sources: Keskar et al. 2019 (repetition penalty), Paulus et al. 2017 (no repeated n-grams); semantics are those of
transformers' LogitsProcessors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.generation.settings import Settings

from . import banned, ends, repetition
from .rule import Rule

__all__ = ["Rule", "asked"]


def asked(
    settings: Settings,
    prompts: NDArray[np.int64],
    vocabulary: int,
    normalised: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> tuple[Rule, ...]:
    """Every rule that the settings ask for, in order.

    :param prompts: [batch, source], padding and all: rules that look at the prompt see what transformers' see.
    :param normalised: log-softmax over the vocabulary.
    :raises ValueError: a token outside the vocabulary.
    """
    return tuple(_asked(settings, prompts, vocabulary, normalised))


def _asked(  # noqa: PLR0912  (a rule a branch)
    settings: Settings,
    prompts: NDArray[np.int64],
    vocabulary: int,
    normalised: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Iterator[Rule]:
    last = [token for token in settings.eos_token_id if 0 <= token < vocabulary]
    if settings.sequence_bias is not None:
        yield banned.biased(settings.sequence_bias, vocabulary)
    if settings.encoder_repetition_penalty != 1.0:
        yield repetition.of_the_prompt(1 / settings.encoder_repetition_penalty, prompts)
    if settings.repetition_penalty != 1.0:
        yield repetition.penalised(settings.repetition_penalty)
    if settings.no_repeat_ngram_size > 0:
        yield repetition.no_ngram_twice(settings.no_repeat_ngram_size)
    if settings.encoder_no_repeat_ngram_size > 0:
        yield repetition.no_ngram_of_the_prompt(settings.encoder_no_repeat_ngram_size, prompts)
    if settings.bad_words_ids is not None:
        words = [word for word in settings.bad_words_ids if word not in {(token,) for token in settings.eos_token_id}]
        yield banned.biased(tuple((word, -np.inf) for word in words), vocabulary)
    if settings.shortest_length > 1 and last:
        yield ends.none_before(settings.shortest_length, last)
    if settings.forced_bos_token_id is not None:
        yield ends.forced(1, [settings.forced_bos_token_id], vocabulary)
    if settings.forced_eos_token_id is not None:
        yield ends.forced(settings.total_length - 1, settings.forced_eos_token_id, vocabulary)
    if settings.exponential_decay_length_penalty is not None:
        alone = not settings.do_sample and settings.num_beams == 1
        yield ends.drawn_near(*settings.exponential_decay_length_penalty, last, may_be_no_number=alone)
    if settings.suppress_tokens is not None:
        yield banned.suppressed(settings.suppress_tokens, vocabulary)
    if settings.begin_suppress_tokens is not None:
        first = 1 if settings.forced_bos_token_id is None else 2
        yield banned.suppressed(settings.begin_suppress_tokens, vocabulary, only_at=first)
    # Sampling normalises whatever is left of the scores anyway.
    if settings.renormalize_logits and not settings.do_sample:
        yield _renormalised(normalised)


def _renormalised(normalised: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Rule:
    def apply(sequences: NDArray[np.int64], scores: NDArray[np.float32], sources: NDArray[np.intp]) -> None:
        scores[...] = normalised(scores)

    return apply
