"""Rules on scores against hand-computed cases."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from jettison_runtime.generation import rules
from jettison_runtime.generation.settings import Settings

NEVER = -np.inf
PROMPTS = np.array([[5, 6, 7, 1]])


def apply(settings: Settings, sequences: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
    """The rules that the settings ask for, for rows that all answer one prompt."""
    for rule in rules.asked(settings, PROMPTS, scores.shape[1], lambda values: values):
        rule(sequences, scores, np.zeros(len(sequences), np.intp))


def test_a_repeated_token_is_divided_when_likely_and_multiplied_when_not() -> None:
    scores = np.array([[2.0, -2.0, 3.0]], np.float32)
    apply(Settings(repetition_penalty=2.0), np.array([[0, 1, 1]]), scores)
    assert scores.tolist() == [[1.0, -4.0, 3.0]]


def test_an_ngram_is_not_repeated() -> None:
    scores = np.zeros((1, 5), np.float32)
    apply(Settings(no_repeat_ngram_size=2), np.array([[1, 2, 1, 3, 1]]), scores)
    assert scores.tolist() == [[0.0, 0.0, NEVER, NEVER, 0.0]]
    scores = np.zeros((1, 5), np.float32)
    apply(Settings(no_repeat_ngram_size=1), np.array([[0, 4]]), scores)
    assert scores.tolist() == [[NEVER, 0.0, 0.0, 0.0, NEVER]]


def test_no_end_before_the_shortest_length() -> None:
    for settings, length, allowed in ((Settings(min_length=3), 2, False), (Settings(min_length=3), 3, True)):
        scores = np.zeros((1, 3), np.float32)
        apply(settings, np.zeros((1, length), np.int64), scores)
        assert bool(scores[0, 1] == 0) is allowed
    scores = np.zeros((1, 3), np.float32)
    apply(Settings(min_new_tokens=2), np.zeros((1, 2), np.int64), scores)
    assert scores[0, 1] == NEVER


def test_the_prompt_s_own_tokens_gain_or_lose() -> None:
    scores = np.array([[2.0, 0, 0, 0, 0, 4.0, -4.0, 0]], np.float32)
    apply(Settings(encoder_repetition_penalty=2.0), np.array([[0]]), scores)
    assert scores.tolist() == [[2.0, 0, 0, 0, 0, 8.0, -2.0, 0]]


def test_no_ngram_of_the_prompt_is_said() -> None:
    scores = np.zeros((2, 8), np.float32)
    apply(Settings(encoder_no_repeat_ngram_size=2), np.array([[0, 5], [0, 4]]), scores)
    assert scores.tolist() == [[0, 0, 0, 0, 0, 0, NEVER, 0], [0] * 8]
    scores = np.zeros((1, 8), np.float32)
    apply(Settings(encoder_no_repeat_ngram_size=5), np.array([[0, 5]]), scores)
    assert not scores.any()


def test_unwanted_words_and_wanted_ones() -> None:
    settings = Settings().updated({"bad_words_ids": [[2], [1], [3, 4]]})
    scores = np.zeros((2, 5), np.float32)
    apply(settings, np.array([[0, 3], [3, 0]]), scores)
    assert scores.tolist() == [[0, 0, NEVER, 0, NEVER], [0, 0, NEVER, 0, 0]]  # the end token may always come
    scores = np.zeros((1, 5), np.float32)
    apply(Settings().updated({"sequence_bias": {(2,): 1.5, (3, 2): 2.0}}), np.array([[0, 3]]), scores)
    assert scores.tolist() == [[0, 0, 3.5, 0, 0]]
    with pytest.raises(ValueError, match="known tokens"):
        apply(Settings().updated({"bad_words_ids": [[5]]}), np.array([[0, 3]]), scores)


def test_suppressed_tokens_are_never_chosen_or_not_at_the_beginning() -> None:
    settings = Settings().updated({"suppress_tokens": [2, 99], "begin_suppress_tokens": [3]})
    for length, expected in ((1, [0, 0, NEVER, NEVER]), (2, [0, 0, NEVER, 0])):
        scores = np.zeros((1, 4), np.float32)
        apply(settings, np.zeros((1, length), np.int64), scores)
        assert scores.tolist() == [expected]
    scores = np.zeros((1, 4), np.float32)
    apply(settings.updated({"forced_bos_token_id": 1}), np.zeros((1, 2), np.int64), scores)
    assert scores.tolist() == [[0, 0, NEVER, NEVER]]


def test_a_forced_start_and_end_leave_no_choice() -> None:
    settings = Settings(max_length=4).updated({"forced_bos_token_id": 2, "forced_eos_token_id": 1})
    for length, allowed in ((1, [2]), (2, [0, 1, 2, 3]), (3, [1])):
        scores = np.full((1, 4), 7.0, np.float32)
        apply(settings, np.zeros((1, length), np.int64), scores)
        assert np.flatnonzero(scores[0] > NEVER).tolist() == allowed
    with pytest.raises(ValueError, match="outside the vocabulary"):
        apply(Settings(forced_bos_token_id=4), np.zeros((1, 1), np.int64), np.zeros((1, 4), np.float32))


def test_beams_are_not_left_without_a_token_to_choose() -> None:
    options = {"num_beams": 2, "forced_eos_token_id": 1, "suppress_tokens": [1, 4]}
    with pytest.raises(ValueError, match="none is left"):
        Settings().updated(options)
    Settings().updated({**options, "forced_eos_token_id": [1, 2]})


def test_the_end_draws_near() -> None:
    settings = Settings().updated({"exponential_decay_length_penalty": [1, 2.0]})
    for length, expected in ((2, -3.0), (3, 0.0), (4, 6.0)):
        scores = np.array([[1.0, -3.0]], np.float32)
        apply(settings, np.zeros((1, length), np.int64), scores)
        assert scores.tolist() == [[1.0, expected]]
    forbidden = np.array([[1.0, NEVER]], np.float32)
    with pytest.raises(ValueError, match="forbids"):
        apply(settings.updated({"num_beams": 2}), np.zeros((1, 3), np.int64), forbidden)


@pytest.mark.parametrize("options", [{"bad_words_ids": [3]}, {"stop_strings": 4}, {"suppress_tokens": "x"}])
def test_what_is_no_value_of_an_option_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Settings().updated(options)
