"""Small graphs as exporters write them, with random weights: what the tests of graphs convert."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIZE = 16


class Builder:
    """Nodes and random weights in order."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, array: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, inputs: Sequence[str], output: str, **facts: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **facts))
        return output

    def conv(self, x: str, name: str, channels: tuple[int, int], *, width: int = 3, group: int = 1) -> str:
        into, out = channels
        shape = (out, into // group, width, width)
        scale = (2 / np.prod(shape[1:])) ** 0.5
        weight = self.weight(f"{name}_w", (self.random.standard_normal(shape) * scale).astype(np.float32))
        bias = self.weight(f"{name}_b", (self.random.standard_normal(out) * 0.1).astype(np.float32))
        return self.op("Conv", [x, weight, bias], name, pads=[width // 2] * 4, group=group)

    def norm(self, x: str, name: str, channels: int) -> str:
        values = {
            "scale": self.random.uniform(0.5, 1.5, channels),
            "shift": self.random.standard_normal(channels) * 0.1,
            "mean": self.random.standard_normal(channels) * 0.1,
            "var": self.random.uniform(0.5, 1.5, channels),
        }
        names = [self.weight(f"{name}_{word}", array.astype(np.float32)) for word, array in values.items()]
        return self.op("BatchNormalization", [x, *names], name)

    def model(self, inputs: dict[str, Sequence[int | str]], outputs: dict[str, Sequence[int | str]], opset: int = 17,
              *, listed: bool = False) -> onnx.ModelProto:  # fmt: skip
        values = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in each.items()]
            for each in (inputs, outputs)
        ]
        if listed:
            values[0] += [helper.make_tensor_value_info(each.name, each.data_type, each.dims) for each in self.weights]
        graph = helper.make_graph(self.nodes, "test", values[0], values[1], self.weights)
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7 if opset < 15 else 8
        )


def residual_network(
    *, width: int = 8, opset: int = 17, listed: bool = False, classes: int = 10, seed: int = 0
) -> onnx.ModelProto:
    """A batch of one, fixed; batch norm, a depthwise convolution, PRelu, a residual, pooling and a matrix product."""
    b = Builder(seed)
    x = b.op("Relu", [b.norm(b.conv("input", "first", (3, width)), "first_bn", width)], "first_relu")
    slopes = b.weight("slopes", b.random.uniform(0.1, 0.4, (width, 1, 1)).astype(np.float32))
    y = b.op("PRelu", [b.conv(x, "deep", (width, width), group=width), slopes], "deep_prelu")
    y = b.conv(y, "second", (width, width), width=1)
    x = b.op("Relu", [b.op("Add", [x, y], "sum")], "sum_relu")
    x = b.conv(x, "third", (width, width))
    x = b.op("GlobalAveragePool", [x], "pooled")
    shape = b.weight("flat_shape", np.array([1, width], np.int64))
    x = b.op("Reshape", [x, shape], "flat")
    head = b.weight("head_w", (b.random.standard_normal((classes, width)) * 0.5).astype(np.float32))
    bias = b.weight("head_b", b.random.standard_normal(classes).astype(np.float32))
    b.op("Gemm", [x, head, bias], "logits", transB=1)
    return b.model({"input": [1, 3, SIZE, SIZE]}, {"logits": [1, classes]}, opset, listed=listed)


def pictures(count: int, seed: int = 1, size: int = SIZE) -> NDArray[np.float32]:
    """Smooth random pictures with a brightness of their own."""
    random = np.random.default_rng(seed)
    small = random.standard_normal((count, 3, size // 4, size // 4))
    return (small.repeat(4, axis=2).repeat(4, axis=3) + random.standard_normal((count, 1, 1, 1))).astype(np.float32)


def written(folder: Path, model: onnx.ModelProto, name: str = "model.onnx") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(model.SerializeToString())
    return folder / name


def samples(folder: Path, **arrays: NDArray[Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "samples.npz", **arrays)  # type: ignore[arg-type]
    return folder / "samples.npz"
