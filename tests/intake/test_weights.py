"""Weights that are promised by a name and are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from jettison.errors import ModelUnreadable
from jettison.intake.models.model_folders import model_at
from tests.intake.folders import Files, write


def test_shards_that_git_lfs_keeps_are_named_and_are_not_called_damaged(tmp_path: Path) -> None:
    index = '{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}'
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    shards: Files = {"model-1.safetensors": pointer, "model-2.safetensors": pointer}
    write(tmp_path, {"config.json": '{"model_type": "t5"}', "model.safetensors.index.json": index, **shards})
    notes: list[str] = []
    assert model_at(tmp_path, notes) is None
    assert "model-1.safetensors" in notes[0]
    assert "git lfs pull" in notes[0]


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x03\x04 cut"])
def test_weights_of_torch_that_are_none_are_refused(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, {"config.json": '{"model_type": "t5"}', "pytorch_model.bin": content})
    with pytest.raises(ModelUnreadable, match="damaged"):
        model_at(tmp_path, [])
