"""Small graphs that compute in 8 bits with weights at the ends of the range: what saturates on a CPU without VNNI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
WIDTH, CHANNELS = 65, 24

Feed = dict[str, NDArray[Any]]


def hot(*shape: int, seed: int = 0) -> NDArray[np.int8]:
    """Weights at the ends of 8 bits, most of them of one sign."""
    return np.where(np.random.default_rng(seed).random(shape) < 0.9, 127, -127).astype(np.int8)


def graph(
    nodes: Sequence[onnx.NodeProto], stored: dict[str, Any], inputs: dict[str, tuple[int, Sequence[Any]]],
    output: int = TensorProto.FLOAT, of: Sequence[Any] | None = None,
) -> onnx.ModelProto:  # fmt: skip
    made = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, kind, list(shape)) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("y", output, of)],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in stored.items()],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(made, opset_imports=opsets, ir_version=9)


def dequantized(name: str, axis: int | None = None) -> onnx.NodeProto:
    facts: dict[str, Any] = {} if axis is None else {"axis": axis}
    return helper.make_node("DequantizeLinear", [name, f"{name}_s", f"{name}_z"], [f"{name}_d"], **facts)


def convolution(
    channels: int, out: int, *, group: int = 1, stride: int = 1, spread: int = 1
) -> tuple[onnx.ModelProto, Feed]:
    """In 8 bits by pairs of QuantizeLinear and DequantizeLinear, with a zero point that padding shows."""
    random = np.random.default_rng(1)
    stored = {
        "x_s": np.float32(1.2 / 255), "x_z": np.uint8(40), "q_s": np.float32(1.2 / 255), "q_z": np.uint8(40),
        "w": hot(out, channels // group, 3, 3), "w_s": random.uniform(0.01, 0.02, out).astype(np.float32),
        "w_z": np.zeros(out, np.int8), "c_s": np.float32(channels * 12 / 255 / group), "c_z": np.uint8(0),
        "r_s": np.float32(channels * 12 / 255 / group), "r_z": np.uint8(0),
    }  # fmt: skip
    facts: dict[str, Any] = {"group": group, "pads": [1] * 4, "strides": [stride] * 2, "dilations": [spread] * 2}
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "x_s", "x_z"], ["q"]), dequantized("q"), dequantized("w", 0),
        helper.make_node("Conv", ["q_d", "w_d"], ["c"], **facts),
        helper.make_node("QuantizeLinear", ["c", "c_s", "c_z"], ["r"]),
        helper.make_node("DequantizeLinear", ["r", "r_s", "r_z"], ["y"]),
    ]  # fmt: skip
    picture = random.uniform(0.2, 1, (1, channels, 7, 7)).astype(np.float32)
    return graph(nodes, stored, {"x": (TensorProto.FLOAT, picture.shape)}), {"x": picture}


def saturating() -> dict[str, tuple[onnx.ModelProto, Feed]]:
    """Every operator that saturates, by name: a graph and what it is asked."""
    random = np.random.default_rng(2)
    x = random.uniform(0.5, 1, (2, 3, WIDTH)).astype(np.float32)
    eight = random.integers(150, 256, (2, 3, WIDTH)).astype(np.uint8)
    scales = random.uniform(0.01, 0.02, CHANNELS).astype(np.float32)
    floats, bytes_, signed = TensorProto.FLOAT, TensorProto.UINT8, TensorProto.INT8
    op = helper.make_node
    return {
        "DynamicQuantizeMatMul twice": (
            graph(
                [
                    op("DynamicQuantizeMatMul", ["x", "w", "s"], ["h"], domain=MICROSOFT),
                    op("Relu", ["h"], ["r"]),
                    op("DynamicQuantizeMatMul", ["r", "v", "t"], ["y"], domain=MICROSOFT),
                ],
                {"w": hot(WIDTH, CHANNELS), "s": scales, "v": hot(CHANNELS, 7, seed=1), "t": scales[:7]},
                {"x": (floats, x.shape)},
            ),
            {"x": x},
        ),
        "QGemm": (
            graph(
                [
                    op("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
                    op("QGemm", ["q", "qs", "qz", "w", "s", "z"], ["y"], domain=MICROSOFT, transB=1),
                ],
                {"w": hot(CHANNELS, WIDTH), "s": scales, "z": np.zeros(CHANNELS, np.int8)},
                {"x": (floats, x[0].shape)},
            ),
            {"x": x[0]},
        ),
        "MatMulIntegerToFloat": (
            graph(
                [op("MatMulIntegerToFloat", ["a", "w", "as", "s", "z"], ["y"], domain=MICROSOFT)],
                {"w": hot(WIDTH, CHANNELS), "s": scales, "z": np.uint8(128)},
                {"a": (bytes_, [3, WIDTH]), "as": (floats, [3, 1])},
            ),
            {"a": eight[0], "as": np.array([[1], [2], [3]], np.float32)},
        ),
        "MatMulInteger of weights that come in": (
            graph(
                [op("MatMulInteger", ["a", "w", "z"], ["y"])],
                {"z": np.uint8(100)},
                {"a": (bytes_, eight.shape), "w": (signed, [2, WIDTH, CHANNELS])},
                TensorProto.INT32,
            ),
            {"a": eight, "w": hot(2, WIDTH, CHANNELS)},
        ),
        "MatMulInteger by a vector": (
            graph(
                [op("MatMulInteger", ["a", "w", "z"], ["y"])],
                {"w": hot(WIDTH), "z": np.uint8(100)},
                {"a": (bytes_, [3, WIDTH])},
                TensorProto.INT32,
            ),
            {"a": eight[0]},
        ),
        "two signed factors, which have exact kernels": (
            graph(
                [op("MatMulInteger", ["a", "w"], ["y"])],
                {"w": hot(WIDTH, CHANNELS)},
                {"a": (signed, [3, WIDTH])},
                TensorProto.INT32,
            ),
            {"a": (eight[0] // 2).astype(np.int8)},
        ),
        "a MatMul between DequantizeLinear, signed": (
            graph(
                [
                    op("QuantizeLinear", ["x", "q_s", "q_z"], ["q"]), dequantized("q"), dequantized("w", 1),
                    op("MatMul", ["q_d", "w_d"], ["y"]),
                ],
                {
                    "q_s": np.float32(2 / 255), "q_z": np.int8(-50), "w": hot(WIDTH, CHANNELS), "w_s": scales,
                    "w_z": np.zeros(CHANNELS, np.int8),
                },
                {"x": (floats, x[0].shape)},
            ),
            {"x": x[0]},
        ),
        "Conv of three channels, stride 2": convolution(3, 16, stride=2),
        "Conv in groups, spread": convolution(6, 8, group=2, spread=2),
        "Conv of eight channels": convolution(8, 16),
    }  # fmt: skip
