"""Generation: settings, and the searches on a real small model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import jettison_runtime
from jettison_runtime.binding import Decoding
from jettison_runtime.errors import UnsupportedOption
from jettison_runtime.generation.settings import Settings, from_model
from jettison_runtime.seq2seq import Seq2Seq


def test_lengths_mean_what_they_mean_in_transformers() -> None:
    assert Settings().total_length == 21
    assert Settings(max_length=5).total_length == 5
    assert Settings(max_new_tokens=5).total_length == 6
    assert Settings(max_length=50).updated({"max_new_tokens": 3}).total_length == 4
    assert Settings(max_new_tokens=3).updated({"max_length": 50}).total_length == 4
    assert Settings(max_length=9).updated({"max_length": None}).total_length == 9


def test_what_is_not_supported_is_refused_and_what_changes_nothing_is_not() -> None:
    fine = {"use_cache": False, "num_beam_groups": 1, "bad_words_ids": None, "max_length": None}
    assert Settings().updated(fine) == Settings()
    for options in ({"do_sample": True, "num_beams": 2}, {"num_beam_groups": 2}, {"top_h": 0.5}, {"nonsense": 1}):
        with pytest.raises(UnsupportedOption):
            Settings().updated(options)
    with pytest.raises(ValueError, match="num_return_sequences"):
        Settings().updated({"num_return_sequences": 2})
    with pytest.raises(ValueError, match="max_new_tokens"):
        Settings().updated({"max_new_tokens": 0})


def test_none_switches_off_what_the_model_asks_for() -> None:
    own = from_model({"no_repeat_ngram_size": 3, "top_k": 9, "eos_token_id": 1, "forced_bos_token_id": 4})
    off = own.updated({"no_repeat_ngram_size": None, "top_k": None, "eos_token_id": None, "forced_bos_token_id": None})
    assert (off.no_repeat_ngram_size, off.top_k, off.eos_token_id, off.forced_bos_token_id) == (0, 0, (), None)


def test_a_model_that_samples_with_beams_is_refused_when_asked_and_not_before() -> None:
    settings = from_model({"do_sample": True, "num_beams": 4})
    assert settings.updated({"do_sample": False}).num_beams == 4
    assert settings.updated({"num_beams": 1}).do_sample
    with pytest.raises(UnsupportedOption, match="with beams"):
        settings.updated({})


def test_a_row_has_the_same_answer_alone_and_in_a_batch(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    words = ["a", "transformer", "o'clock", "pronounceable", "x"]
    for options in ({}, {"num_beams": 3}, {"repetition_penalty": 1.3, "no_repeat_ngram_size": 2}):
        together = model.generate(words, max_new_tokens=24, **options)
        alone = [model.generate([word], max_new_tokens=24, **options)[0] for word in words]
        assert together == alone
        assert len(set(together)) == len(words)


def test_rows_that_are_done_leave_and_nothing_changes(
    converted: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = jettison_runtime.load(converted["fp32"])
    words = ["a", "transformer", "b", "responsibilities", "c", "d", "internationalization"]
    kept: list[int] = []
    keep = Decoding.keep

    def counted(decoding: Decoding, sources: NDArray[np.intp], position: int) -> None:
        kept.append(len(sources))
        keep(decoding, sources, position)

    monkeypatch.setattr(Decoding, "keep", counted)
    for options in ({}, {"num_beams": 3}, {"num_beams": 2, "early_stopping": True}, {"no_repeat_ngram_size": 3}):
        kept.clear()
        together = model.generate(words, max_new_tokens=40, **options)
        assert kept
        assert max(kept) <= len(words) // 2
        assert together == [model.generate([word], max_new_tokens=40, **options)[0] for word in words]


def test_one_beam_is_greedy_and_more_beams_never_score_less(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    assert model.generate(["transformer"], max_new_tokens=24) == ["T R AE N Z F AO R M ER"]
    several = model.generate(["transformer"], max_new_tokens=24, num_beams=4, num_return_sequences=4)
    assert several[0] == "T R AE N Z F AO R M ER"
    assert len(set(several)) == 4


def test_answers_stop_at_the_length_that_was_asked(converted: dict[str, Path]) -> None:
    model = Seq2Seq.load(converted["fp32"], threads=1)
    ids = np.array([[22, 20, 3, 16, 21, 1]])
    for limit in (1, 2, 7):
        found = model.tokens(ids, np.ones_like(ids), model.settings.updated({"max_new_tokens": limit}))
        assert found.shape[1] <= limit + 1
        assert found[0, 0] == 0


def test_what_is_no_batch_is_an_error(converted: dict[str, Path]) -> None:
    model = Seq2Seq.load(converted["fp32"], threads=1)
    good = np.array([[5, 6, 1]])
    for ids, shape, message in (
        (np.array([5, 6]), (2,), "no batch"),
        (good, (1, 2), "no batch"),
        (np.zeros((1, 0), np.int64), (1, 0), "no batch"),
        (np.array([[5, 69, 1]]), (1, 3), "vocabulary"),
        (np.array([[5, -1, 1]]), (1, 3), "vocabulary"),
    ):
        with pytest.raises(ValueError, match=message):
            model.tokens(ids, np.ones(shape, np.int32), model.settings)
    with pytest.raises(ValueError, match="at most 1024"):
        model.tokens(good, np.ones(good.shape, np.int32), model.settings.updated({"max_new_tokens": 5000}))


def test_threads_share_one_model(converted: dict[str, Path]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    model = jettison_runtime.load(converted["fp32"])
    words = ["transformer", "pronounce", "jettison", "o'clock"] * 6
    expected = [model.generate([word])[0] for word in words]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda word: model.generate([word])[0], words)) == expected
