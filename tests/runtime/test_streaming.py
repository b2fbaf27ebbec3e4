"""Text while it is made: whole words, nothing lost, errors and an end in the right place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

import jettison_runtime
from jettison_runtime.generation.request import Streamer
from jettison_runtime.streaming import Words, pieces
from jettison_runtime.transformers import AutoModelForSeq2SeqLM, AutoTokenizer, TextIteratorStreamer, TextStreamer

PARTS = [" the", " tra", "nsfor", "mer", " 日", "本", "語", ".\n", " next", " line"]
SAID = ["T ", "R ", "AE ", "N ", "Z ", "F ", "AO ", "R ", "M ", "ER"]


def decode(ids: list[int]) -> str:
    return "".join(PARTS[each] for each in ids).removeprefix(" ")


def test_pieces_end_where_words_do_and_lose_nothing() -> None:
    words = Words(decode)
    said = [words.more([number]) for number in range(len(PARTS))]
    said.append(words.rest())
    assert said == ["", "the ", "", "", "transformer 日", "本", "語", ".\n", " ", "next ", "line"]
    assert "".join(said) == decode(list(range(len(PARTS))))
    assert words.rest() == ""
    apart = Words(decode, lines_apart=True)
    said = [apart.more([number]) for number in range(len(PARTS))]
    assert said[-4:] == ["語", ".\n", "", "next "], "transformers' streamers lose the space behind a new line"
    assert apart.rest() == "line"


def test_a_stream_is_the_answer_in_pieces(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    for options in ({}, {"repetition_penalty": 1.3}, {"do_sample": True, "top_k": 1}):
        said = list(model.stream("transformer", max_new_tokens=24, **options))
        assert said == SAID
        assert "".join(said) == model.generate(["transformer"], max_new_tokens=24, **options)[0]


def test_what_cannot_be_streamed_is_refused_before_it_starts(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    for options in ({"num_beams": 2}, {"do_sample": True, "num_return_sequences": 2}):
        with pytest.raises(ValueError, match="streamed"):
            model.stream("a", **options)
    with pytest.raises(TypeError, match="one text"):
        model.stream(["a"])


def test_an_error_of_the_generation_reaches_the_listener() -> None:
    def fails(streamer: Streamer) -> None:
        streamer.put(np.array([[0]]))
        streamer.put(np.array([1]))
        raise ValueError("no more")

    heard: Iterator[str] = pieces(fails, decode)
    assert next(heard) == "the "
    with pytest.raises(ValueError, match="no more"):
        next(heard)


def test_a_listener_that_leaves_stops_the_generation() -> None:
    ended = Event()

    def goes_on(streamer: Streamer) -> None:
        try:
            while True:
                streamer.put(np.array([0]))
                time.sleep(0.001)
        finally:
            ended.set()

    heard = pieces(goes_on, decode)
    next(heard)
    assert not ended.is_set()
    heard.close()  # type: ignore[attr-defined]
    assert ended.wait(20)


def test_the_facade_streams_as_transformers_does(
    converted: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    name = str(converted["fp32"])
    tokenizer, model = AutoTokenizer.from_pretrained(name), AutoModelForSeq2SeqLM.from_pretrained(name)
    inputs = tokenizer("transformer", return_tensors="pt")
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, timeout=20, skip_special_tokens=True)
    thread = Thread(target=model.generate, kwargs={**inputs, "streamer": streamer, "max_new_tokens": 24})
    thread.start()
    assert list(streamer) == ["", *SAID[:-1], "", SAID[-1]]
    thread.join()
    model.generate(**inputs, streamer=TextStreamer(tokenizer), max_new_tokens=24)
    assert capsys.readouterr().out == "<pad> T R AE N Z F AO R M ER </s>\n"
    with pytest.raises(ValueError, match="one sequence"):
        model.generate(np.array([[5, 1], [6, 1]]), streamer=TextStreamer(tokenizer))
    with pytest.raises(ValueError, match="beams"):
        model.generate(**inputs, streamer=TextStreamer(tokenizer), num_beams=2)
