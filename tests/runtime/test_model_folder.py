"""The contract: a folder that is damaged, foreign or for another runtime is refused with what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import jettison_runtime
from jettison_runtime.errors import CanaryError, ModelFolderError
from jettison_runtime.seq2seq import Seq2Seq


@pytest.fixture
def folder(converted: dict[str, Path], tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(converted["int8-channels"], copy)
    return copy


def change(folder: Path, **entries: Any) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **entries}))


def test_a_good_folder_loads_and_answers_its_canary(folder: Path) -> None:
    Seq2Seq.load(folder).check_canary()


def test_a_flipped_bit_of_the_weights_is_found(folder: Path) -> None:
    weights = bytearray((folder / "weights.bin").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "weights.bin").write_bytes(weights)
    with pytest.raises(ModelFolderError, match=r"weights\.bin is corrupt"):
        jettison_runtime.load(folder)


def test_a_truncated_file_is_found_before_it_is_read(folder: Path) -> None:
    with (folder / "weights.bin").open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(ModelFolderError, match="missing or truncated"):
        jettison_runtime.load(folder, verify=False)


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderError, match="jettison convert"):
        jettison_runtime.load(tmp_path)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"format": 99}, "format 99"),
        ({"runtime": {"from": "7.0.0", "below": "8.0.0"}}, "needs jettison-runtime >=7.0.0,<8.0.0"),
        ({"task": "image-segmentation"}, "image-segmentation"),
        ({"task": "raw-tensors"}, "damaged"),
        ({"files": None}, "damaged"),
    ],
)
def test_a_foreign_manifest_is_refused(folder: Path, entries: dict[str, Any], message: str) -> None:
    change(folder, **entries)
    with pytest.raises(ModelFolderError, match=message):
        jettison_runtime.load(folder)


def test_a_wrong_canary_stops_the_start(folder: Path) -> None:
    change(folder, canary={"input_ids": [5, 6, 7, 1], "output_ids": [0, 40, 41, 1]})
    with pytest.raises(CanaryError, match="another form"):
        Seq2Seq.load(folder).check_canary()


def test_a_damaged_tokenizer_is_named(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    size = manifest["files"]["tokenizer.json"]["size_bytes"]
    (folder / "tokenizer.json").write_bytes(b"{" + b" " * (size - 1))
    with pytest.raises(ModelFolderError, match=r"tokenizer\.json"):
        jettison_runtime.load(folder, verify=False)
