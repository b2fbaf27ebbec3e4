"""A service in small that is packed for the tests, and its image run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy
import onnx

from jettison import oci
from jettison.records import Blueprint, Image
from jettison.sandbox import container

APP = '''
"""A service in small: a vector times a matrix."""

import flask
import jettison_runtime
import numpy
import onnxruntime
import tokenizers

app = flask.Flask(__name__)
session = onnxruntime.InferenceSession("/app/model/product.onnx")


@app.post("/product")
def product():
    vector = numpy.array([flask.request.get_json()["vector"]], dtype="float32")
    return {"product": session.run(None, {"vector": vector})[0][0].tolist()}
'''


@dataclass(frozen=True, kw_only=True)
class Packed:
    """An image, what it was made from, and its files."""

    image: Image
    blueprint: Blueprint
    layout: Path
    root: Path
    """Unpacked."""


def run(packed: Packed, code: str) -> str:
    """What the image's own Python prints, with a read-only root."""
    config = oci.stored(packed.layout).config
    command = container.argv(
        packed.root, [config.command[0], "-c", code], workdir=config.workdir, environment=dict(config.environment)
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def model_folder(folder: Path) -> None:
    """A network of one product: the matrix is [[1, 2], [3, 4]]."""
    folder.mkdir(parents=True)
    helper = onnx.helper
    matrix = onnx.numpy_helper.from_array(numpy.array([[1, 2], [3, 4]], dtype="float32"), "matrix")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["vector", "matrix"], ["product"])],
        "product",
        [helper.make_tensor_value_info("vector", onnx.TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("product", onnx.TensorProto.FLOAT, [1, 2])],
        [matrix],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / "product.onnx").write_bytes(made.SerializeToString())
    (folder / "weights.bin").write_bytes(numpy.random.default_rng(0).bytes(100_000))
