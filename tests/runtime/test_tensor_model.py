"""The task raw-tensors: arrays by name, each checked before the graph sees it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import jettison_runtime
from jettison.convert.graphs import writing
from jettison_runtime.binding import Network
from jettison_runtime.errors import CanaryError, ModelFolderError
from jettison_runtime.tensor_model import TensorModel, TensorSpec, canary_answer, canary_feed, checked
from tests import onnx_graphs

IMAGE = TensorSpec(name="image", dtype="float32", shape=("batch", 3, "side", "side"))
RATE = TensorSpec(name="rate", dtype="int64", shape=("batch",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A converted graph."""
    model = onnx_graphs.residual_network()
    place = tmp_path / "converted"
    place.mkdir()
    writing.write_graph(model, place, half=False)
    question = writing.canary_question({"input": onnx_graphs.pictures(1)})
    loaded = Network(place / "model.onnx", threads=1)
    canary = {"inputs": question, "answer": canary_answer(loaded.run(canary_feed(question)))}
    writing.write_manifest(place, entries={"name": "faces"}, form="fp32", model=model, canary=canary)
    return place


def test_arrays_go_in_and_come_out_by_name(folder: Path) -> None:
    model = jettison_runtime.load(folder, threads=1)
    assert isinstance(model, TensorModel)
    assert [str(each) for each in model.inputs] == ["input float32[1, 3, 16, 16]"]
    assert [str(each) for each in model.outputs] == ["logits float32[1, 10]"]
    picture = onnx_graphs.pictures(1)
    answer = model.run({"input": picture})["logits"]
    assert answer.shape == (1, 10)
    assert np.array_equal(model.run({"input": picture.tolist()})["logits"], answer)
    model.check_canary()


def test_a_changed_canary_or_weight_is_noticed(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["canary"]["answer"].reverse()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CanaryError, match="otherwise"):
        TensorModel.load(folder).check_canary()
    raw = bytearray((folder / "weights.bin").read_bytes())
    raw[100] ^= 255
    (folder / "weights.bin").write_bytes(raw)
    with pytest.raises(ModelFolderError, match=r"weights\.bin is corrupt"):
        jettison_runtime.load(folder)


def test_what_a_graph_is_asked_can_be_watched(folder: Path, tmp_path: Path) -> None:
    """As `optimize` watches an adapted service, to calibrate 8 bits on what it asks."""
    digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    program = (
        "import sys, pathlib, numpy as np, jettison_runtime\n"
        "from jettison.replay import observing\n"
        "observing.observe(sys.argv[1], observing.Notes(pathlib.Path(sys.argv[2])))\n"
        "model = jettison_runtime.load(sys.argv[3], threads=1)\n"
        "for value in (1, 2, 2): model.run({'input': np.full((1, 3, 16, 16), value, np.float32)})\n"
    )
    seen = tmp_path / "seen"
    seen.mkdir()
    subprocess.run([sys.executable, "-c", program, digest, seen, folder], check=True)
    asked = [float(np.load(each)["input"].max()) for each in sorted(seen.iterdir())]
    assert asked[-2:] == [1, 2]  # the first one is the canary, if it was asked


def test_a_folder_for_another_task_is_no_graph(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    manifest = json.loads((other / "manifest.json").read_text())
    (other / "manifest.json").write_text(json.dumps({**manifest, "task": "text2text-generation"}))
    with pytest.raises(ModelFolderError, match="raw-tensors"):
        TensorModel.load(other)


def test_what_fits_is_taken() -> None:
    arrays = checked({"image": np.zeros((2, 3, 8, 8), np.float32), "rate": [1, 2]}, [IMAGE, RATE])
    assert arrays["rate"].dtype == np.int64
    assert arrays["image"].shape == (2, 3, 8, 8)


@pytest.mark.parametrize(
    ("feed", "error", "words"),
    [
        ({}, ValueError, "needs image and rate"),
        ({"image": np.zeros((1, 3, 8, 8), np.float32)}, ValueError, "needs rate"),
        ({"image": 0, "rate": 0, "other": 0}, ValueError, "no input other"),
        ({"image": np.zeros((1, 3, 8, 8)), "rate": [1]}, TypeError, r"float64: convert it with .astype\(np.float32\)"),
        ({"image": np.zeros((1, 4, 8, 8), np.float32), "rate": [1]}, ValueError, r"\[1, 4, 8, 8\]"),
        ({"image": np.zeros((3, 8, 8), np.float32), "rate": [1]}, ValueError, r"\[3, 8, 8\]"),
        ({"image": np.zeros((1, 3, 8, 9), np.float32), "rate": [1]}, ValueError, "side"),
        ({"image": np.zeros((2, 3, 8, 8), np.float32), "rate": [1]}, ValueError, "batch"),
    ],
)
def test_what_does_not_fit_is_an_error_that_says_what_would(
    feed: dict[str, object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        checked(feed, [IMAGE, RATE])


def test_the_canary_s_question_is_made_again_from_its_bounds() -> None:
    asked = {
        "image": {"dtype": "float32", "shape": [1, 3, 4, 4], "low": -1.0, "high": 3.0},
        "ids": {"dtype": "int64", "shape": [1, 40], "low": 0.0, "high": 7.0},
    }
    feed = canary_feed(asked)
    assert feed["image"].dtype == np.float32
    assert -1 <= feed["image"].min() < -0.9
    assert 2.9 < feed["image"].max() <= 3
    assert feed["ids"].dtype == np.int64
    assert set(feed["ids"].reshape(-1).tolist()) <= set(range(8))
    assert np.array_equal(feed["image"], canary_feed(asked)["image"])
