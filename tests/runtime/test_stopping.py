"""What stops a sequence: end tokens, texts, the time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import Unigram

import jettison_runtime
from jettison_runtime.generation import stopping
from jettison_runtime.generation.settings import Settings
from jettison_runtime.generation.stopping import Stops
from jettison_runtime.tokenization import TextTokenizer

PIECES = ["<unk>", "▁", "abcdef", "▁the", "re", "▁end", "e", "n", "d", "s."]


@pytest.fixture
def tokenizer(tmp_path: Path) -> TextTokenizer:
    backend = Tokenizer(Unigram([(piece, -1.0) for piece in PIECES], 0, False))
    backend.pre_tokenizer, backend.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    backend.save(str(tmp_path / "tokenizer.json"))
    return TextTokenizer(tmp_path, {})


@pytest.mark.parametrize(
    ("strings", "pieces", "stopped"),
    [
        (["end"], ["▁the", "re", "▁end"], True),
        (["end"], ["▁end", "re"], False),
        (["there e"], ["▁the", "re", "▁end"], True),
        (["there"], ["▁the", "re"], True),
        (["dre"], ["▁end", "re"], True),
        (["end"], ["e", "n", "d"], True),
        (["end"], ["n", "d"], False),
        ([" the", "x"], ["d", "▁the"], True),
        (["s"], ["s."], True),
    ],
)
def test_a_stop_string_ends_within_the_last_token(
    strings: list[str], pieces: list[str], stopped: bool, tokenizer: TextTokenizer
) -> None:
    stops = Stops(Settings().updated({"stop_strings": strings, "eos_token_id": 99}), tokenizer)
    tokens = np.array([[PIECES.index(piece) for piece in pieces]])
    assert stops.done(tokens).tolist() == [stopped]
    assert stops.done(np.stack([tokens, tokens])).tolist() == [[stopped], [stopped]]


def test_a_token_without_text_breaks_a_string(tokenizer: TextTokenizer) -> None:
    stops = Stops(Settings().updated({"stop_strings": ["end"], "eos_token_id": 99}), tokenizer)
    assert not stops.done(np.array([[6, 7, 77, 8]])).any()


def test_stop_strings_need_a_tokenizer_that_writes(tokenizer: TextTokenizer, converted: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="tokenizer="):
        Stops(Settings(stop_strings=("a",)))
    with pytest.raises(ValueError, match="abcdef"):
        jettison_runtime.load(converted["fp32"]).generate(["a"], stop_strings=["A"])


def test_time_ends_all_sequences_after_the_token_being_made(converted: dict[str, Path]) -> None:
    model = jettison_runtime.load(converted["fp32"])
    for options in ({}, {"num_beams": 2}):
        assert model.generate(["transformer"], max_time=0.0, max_new_tokens=24, **options) == ["T"]
        settings = model.model.settings.updated({"max_time": 0.0, "max_new_tokens": 24, **options})
        assert model.model.tokens(np.array([[22, 20, 1]]), np.ones((1, 3), np.int32), settings).shape == (1, 2)
        assert model.generate(["transformer"], max_time=60.0, max_new_tokens=24, **options)[0].endswith("M ER")


def test_waiting_for_other_requests_is_not_counted(converted: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model, clock = jettison_runtime.load(converted["fp32"]), [0.0]

    class LongQueue(AbstractContextManager[None]):
        def __enter__(self) -> None:
            clock[0] += 100

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(model.model.network, "_turn", LongQueue())
    assert model.generate(["transformer"], max_time=5.0, max_new_tokens=24)[0].endswith("M ER")


def test_any_of_several_end_tokens_ends() -> None:
    stops = Stops(Settings().updated({"eos_token_id": [1, 4]}))
    assert stops.only_ends
    assert stops.done(np.array([[0, 1], [0, 2], [1, 4]])).tolist() == [True, False, True]
