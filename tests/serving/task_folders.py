"""Small model folders for every task, made without any framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from jettison.convert import candidates
from jettison.convert.forms import named
from jettison.convert.graphs import writing
from jettison.records import finished
from jettison.workspace import Workspace
from jettison_runtime.binding import Network
from jettison_runtime.tensor_model import canary_answer, canary_feed
from tests import encoder_folders, onnx_graphs, t5_folders
from tests.convert.test_sample_files import PICTURES, SOUNDS

TEXT_TASKS = ("text-classification", "token-classification", "question-answering", "fill-mask", "feature-extraction")
TASKS = (
    *TEXT_TASKS,
    "text2text-generation",
    "image-classification",
    "image-feature-extraction",
    "audio-classification",
)
_RATE, _SIDE = 16_000, onnx_graphs.SIZE


def made(task: str, place: Path, workspace: Workspace) -> Path:
    """A converted folder of a task, in fp32."""
    if task.startswith("image"):
        return _pictures(place, task)
    if task.startswith("audio"):
        return _sounds(place)
    if task == "text2text-generation":
        folder = t5_folders.write(place / "t5", t5_folders.SHAPES["v1.0"])
    else:
        folder = encoder_folders.bert(place / task, task, seed=7)
    found, rejected = finished(
        candidates(folder, name=folder.name, prompts=["hello"], workspace=workspace, forms=[named("fp32")])
    )
    assert not rejected
    assert found[0].model is not None
    return found[0].model.path


def _pictures(place: Path, task: str) -> Path:
    config = {
        "id2label": {str(number): name for number, name in enumerate(["cat", "dog", *map(str, range(8))])},
        "pooled": "logits",
        "preprocessing": {**PICTURES["config"]["preprocessing"], "size": [_SIDE, _SIDE]},
    }
    model = onnx_graphs.residual_network()
    return _graph(
        place / "pictures", {"name": "pictures", "task": task, "config": config}, model, onnx_graphs.pictures(1)
    )


def _sounds(place: Path) -> Path:
    """Three labels by the loudness of a sound: the mean of its absolute values, times three weights."""
    weights = numpy_helper.from_array(np.array([[1.0, 0.0, -1.0]], np.float32), "weights")
    nodes = [
        helper.make_node("Abs", ["input"], ["loud"]),
        helper.make_node("ReduceMean", ["loud"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", "samples"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    config = {**SOUNDS["config"], "id2label": {"0": "loud", "1": "middling", "2": "quiet"}}
    entries = {"name": "sounds", "task": "audio-classification", "config": config}
    return _graph(place / "sounds", entries, model, np.linspace(-1, 1, _RATE, dtype=np.float32)[None])


def _graph(place: Path, entries: dict[str, Any], model: onnx.ModelProto, sample: np.ndarray[Any, Any]) -> Path:
    place.mkdir(parents=True)
    writing.write_graph(model, place, half=False)
    question = writing.canary_question({"input": sample})
    answer = canary_answer(Network(place / "model.onnx", threads=1).run(canary_feed(question)))
    canary = {"inputs": question, "answer": answer}
    writing.write_manifest(place, entries=entries, form="fp32", model=model, canary=canary)
    return place
