"""Models loaded again and again, and what can be counted of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from jettison_runtime.transformers import T5ForConditionalGeneration
from jettison_runtime.transformers.parameters import parameters
from tests import t5_folders


def test_a_model_that_is_loaded_again_shares_its_weights_but_not_its_settings(converted: dict[str, Path]) -> None:
    one, other = (T5ForConditionalGeneration.from_pretrained(str(converted["fp32"])) for _ in range(2))
    assert one._model is other._model
    one.generation_config.max_length = 3
    assert one.generate([[3, 4, 1]]).size(1) == 3
    assert other.generate([[3, 4, 1]]).size(1) > 3


def test_a_folder_that_was_written_anew_is_loaded_anew(converted: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(converted["fp32"], folder)
    before = T5ForConditionalGeneration.from_pretrained(str(folder))
    stamp = (folder / "manifest.json").stat()
    os.utime(folder / "manifest.json", ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    assert T5ForConditionalGeneration.from_pretrained(str(folder))._model is not before._model


@pytest.mark.parametrize("shape", t5_folders.SHAPES)
def test_parameters_are_those_of_the_trained_model(shape: str) -> None:
    config = {"vocab_size": t5_folders.VOCABULARY, "tie_word_embeddings": True, **t5_folders.SHAPES[shape]}
    trained = sorted(array.shape for array in t5_folders.tensors(config, 0).values())
    assert sorted(each.shape for each in parameters(config)) == trained


def test_a_model_does_not_learn(converted: dict[str, Path]) -> None:
    model = T5ForConditionalGeneration.from_pretrained(str(converted["fp32"]))
    assert model.train(False) is model
    with pytest.raises(ValueError, match="does not learn"):
        model.train()
