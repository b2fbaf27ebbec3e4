"""A model's own generation settings: what transformers takes for them, wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jettison.convert.generation import generation
from jettison.errors import UnsupportedModel
from jettison_runtime.generation.settings import Settings, from_model

TOKENS = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0}


def found(folder: Path, config: dict[str, Any], stated: dict[str, Any] | None = None) -> Settings:
    if stated is not None:
        (folder / "generation_config.json").write_text(json.dumps(stated))
    return from_model(generation(folder, config))


def test_an_old_model_keeps_them_in_its_config(tmp_path: Path) -> None:
    config = {**TOKENS, "num_beams": 3, "max_length": 9, "early_stopping": True, "num_beam_groups": 1, "d_model": 64}
    settings = found(tmp_path, config)
    assert (settings.num_beams, settings.total_length, settings.early_stopping) == (3, 9, True)
    assert found(tmp_path, {}) == Settings()
    assert found(tmp_path, {"eos_token_id": 7}).eos_token_id == (7,)


def test_a_file_of_their_own_is_all_that_counts(tmp_path: Path) -> None:
    settings = found(tmp_path, {**TOKENS, "num_beams": 3}, {"decoder_start_token_id": 5, "num_beams": 2})
    assert (settings.num_beams, settings.decoder_start_token_id) == (2, 5)
    # As in transformers: without an end token nothing ends early, and the end token pads where no other does.
    assert settings.eos_token_id == ()
    assert settings.updated({"eos_token_id": 4}).padding == 4


def test_what_starts_an_answer_must_be_said(tmp_path: Path) -> None:
    assert found(tmp_path, TOKENS, {"bos_token_id": 3}).decoder_start_token_id == 3
    with pytest.raises(UnsupportedModel, match="decoder_start_token_id"):
        found(tmp_path, TOKENS, {"eos_token_id": 1})


@pytest.mark.parametrize("own", [{"penalty_alpha": 0.6}, {"num_return_sequences": 2}, {"num_beams": "4"}])
def test_what_the_runtime_lacks_is_refused_before_anything_is_made(own: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModel, match=next(iter(own))):
        found(tmp_path, {}, {**TOKENS, **own})
    (tmp_path / "generation_config.json").unlink()
    with pytest.raises(UnsupportedModel, match=next(iter(own))):
        found(tmp_path, {**TOKENS, **own})


def test_two_files_that_versions_of_transformers_read_differently_are_refused(tmp_path: Path) -> None:
    stated = {**TOKENS, "_from_model_config": True, "num_beams": 2}
    assert found(tmp_path, {"num_beams": 2}, stated).num_beams == 2
    with pytest.raises(UnsupportedModel, match="differ in num_beams"):
        found(tmp_path, {"num_beams": 3}, stated)
    assert found(tmp_path, {"num_beams": 3}, {**stated, "_from_model_config": False}).num_beams == 2
