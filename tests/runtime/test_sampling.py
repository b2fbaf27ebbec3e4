"""Sampling: what may be drawn, how often it is, and that a seed repeats it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jettison_runtime
from jettison_runtime import torch
from jettison_runtime.generation import sampling
from jettison_runtime.generation.settings import Settings

LIKELY = np.array([[0.4, 0.3, 0.2, 0.06, 0.04]], np.float32)


def left(options: dict[str, Any], likely: NDArray[np.float32] = LIKELY) -> list[float]:
    """What the options leave of a distribution, by token."""
    scores = np.log(likely)
    order = np.argsort(-scores, axis=1, kind="stable")
    settings = Settings(do_sample=True).updated(options)
    tokens, probabilities = sampling.distribution(
        settings,
        scores.shape[1],
        lambda count: (np.take_along_axis(scores, order[:, :count], axis=1), order[:, :count]),
    )
    found = np.zeros(scores.shape[1])
    found[tokens[0]] = probabilities[0]
    return [round(float(each), 4) for each in found]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.4, 0.3, 0.2, 0.06, 0.04]),
        ({"top_k": 2}, [0.5714, 0.4286, 0, 0, 0]),
        ({"temperature": 0.5, "top_k": 2}, [0.64, 0.36, 0, 0, 0]),
        ({"top_p": 0.65}, [0.5714, 0.4286, 0, 0, 0]),
        ({"top_p": 0.0}, [1, 0, 0, 0, 0]),
        ({"min_p": 0.3}, [0.4444, 0.3333, 0.2222, 0, 0]),
        ({"typical_p": 0.3}, [0, 1, 0, 0, 0]),
        ({"epsilon_cutoff": 0.05}, [0.4167, 0.3125, 0.2083, 0.0625, 0]),
        ({"eta_cutoff": 0.9}, [0.5714, 0.4286, 0, 0, 0]),
    ],
)
def test_every_cut_leaves_what_it_should(options: dict[str, Any], expected: list[float]) -> None:
    assert left({"top_k": 0, **options}) == expected


def test_scores_that_are_equal_at_the_edge_all_stay() -> None:
    assert left({"top_k": 2}, np.array([[0.2, 0.2, 0.4, 0.2]], np.float32)) == [0.2, 0.2, 0.4, 0.2]


def test_tokens_come_as_often_as_they_are_likely() -> None:
    jettison_runtime.set_seed(5)
    many = 40_000
    tokens = np.tile(np.arange(5), (many, 1))
    drawn = sampling.drawn(tokens, np.repeat(LIKELY, many, axis=0))
    expected = LIKELY[0] * many
    squares = float(((np.bincount(drawn, minlength=5) - expected) ** 2 / expected).sum())
    assert squares < 18.5, "chi-square, 4 degrees of freedom: beyond the 99.9 % point"
    impossible = np.tile(np.array([[0.0, 1.0, 0.0]], np.float32), (1000, 1))
    assert set(sampling.drawn(np.tile(np.arange(3), (1000, 1)), impossible)) == {1}
    with pytest.raises(ValueError, match="no token"):
        sampling.drawn(np.arange(2)[None], np.full((1, 2), np.nan, np.float32))


def test_a_seed_repeats_the_answers(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    asked = {"do_sample": True, "temperature": 3.0, "num_return_sequences": 4, "max_new_tokens": 12}
    jettison_runtime.set_seed(1)
    first = model.generate(["transformer", "a"], **asked)
    assert first != model.generate(["transformer", "a"], **asked)
    jettison_runtime.set_seed(1)
    assert first == model.generate(["transformer", "a"], **asked)
    assert len(first) == 8
    assert len(set(first)) > 4
    torch.manual_seed(-1)
    second = model.generate(["transformer", "a"], **asked)
    torch.manual_seed(-1)
    assert second == model.generate(["transformer", "a"], **asked) != first


def test_what_only_sampling_reads_means_nothing_without_it() -> None:
    assert not Settings().updated({"temperature": 0.0, "top_k": -1, "top_p": 2.0}).do_sample
    for option in ({"temperature": 0.0}, {"top_k": -1}, {"top_p": 2.0}):
        with pytest.raises(ValueError, match=next(iter(option))):
            Settings().updated({"do_sample": True, **option})


def test_the_most_likely_token_alone_is_greedy_search(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    words = ["transformer", "a", "pronounceable"]
    greedy = model.generate(words, max_new_tokens=24)
    assert model.generate(words, max_new_tokens=24, do_sample=True, top_k=1) == greedy
    assert model.generate(words, max_new_tokens=24, do_sample=True, top_p=0.0, top_k=0) == greedy
    several = model.generate(words, max_new_tokens=24, do_sample=True, top_k=1, num_return_sequences=2)
    assert several == [each for answer in greedy for each in (answer, answer)]
