"""Model folders for the server's tests: graphs that do next to nothing, or take as long as they are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from jettison.convert.graphs import writing
from jettison_runtime.binding import Network
from jettison_runtime.tensor_model import canary_answer, canary_feed

WIDTH = 4


def doubling(place: Path, *, width: int = WIDTH, certificate: dict[str, int] | None = None) -> Path:
    """``x [rows, width]`` becomes ``y``, twice as much."""
    two = numpy_helper.from_array(np.array(2, np.float32), "two")
    nodes = [helper.make_node("Mul", ["x", "two"], ["y"])]
    return _folder(place, "twice", nodes, ["rows", width], [two], certificate=certificate)


def mixing(place: Path) -> Path:
    """Every row is divided by the largest number of all rows: its answer depends on its company."""
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
        helper.make_node("Div", ["x", "largest"], ["y"]),
    ]
    return _folder(place, "mixed", nodes, ["rows", WIDTH], [])


def looking_up(place: Path) -> Path:
    """``x [rows]`` of indexes into a table of four: a graph that some well-formed inputs break."""
    table = numpy_helper.from_array(np.arange(4, dtype=np.float32), "table")
    nodes = [helper.make_node("Gather", ["table", "x"], ["y"])]
    return _folder(place, "table", nodes, ["rows"], [table], kind=TensorProto.INT64)


def slow(place: Path) -> Path:
    """``x [1]`` becomes ``y``, after as many steps as it says; a step takes about a microsecond."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["goes_on"]), helper.make_node("Identity", ["held"], ["kept"])],
        "step",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("held", TensorProto.INT64, [1]),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept", TensorProto.INT64, [1]),
        ],
    )
    yes = numpy_helper.from_array(np.array(True), "yes")
    none = numpy_helper.from_array(np.array([], np.int64), "none")
    nodes = [
        helper.make_node("Reshape", ["x", "none"], ["steps"]),
        helper.make_node("Loop", ["steps", "yes", "x"], ["y"], body=body),
    ]
    return _folder(place, "slow", nodes, [1], [yes, none], kind=TensorProto.INT64)


def _folder(
    place: Path,
    name: str,
    nodes: list[onnx.NodeProto],
    shape: list[int | str],
    weights: list[onnx.TensorProto],
    *,
    kind: int = TensorProto.FLOAT,
    certificate: dict[str, int] | None = None,
) -> Path:
    given = kind
    gives = TensorProto.FLOAT if name == "table" else kind
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", given, shape)],
        [helper.make_tensor_value_info("y", gives, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    place.mkdir(parents=True)
    writing.write_graph(model, place, half=False)
    sizes = [1 if isinstance(size, str) else size for size in shape]
    asked: NDArray[Any] = np.ones(sizes, np.float32 if kind == TensorProto.FLOAT else np.int64)
    question = writing_question(asked)
    answer = canary_answer(Network(place / "model.onnx", threads=1).run(canary_feed(question)))
    canary = {"inputs": question, "answer": answer}
    writing.write_manifest(place, entries={"name": name}, form="fp32", model=model, canary=canary)
    if certificate:
        manifest = json.loads((place / "manifest.json").read_text())
        (place / "manifest.json").write_text(json.dumps({**manifest, "certificate": certificate}))
    return place


def writing_question(asked: NDArray[Any]) -> dict[str, Any]:
    """A canary's question between 1 and 3."""
    return {"x": {"shape": list(asked.shape), "dtype": str(asked.dtype), "low": 1, "high": 3}}
