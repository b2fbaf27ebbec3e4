"""Where a graph multiplies unsigned with signed bytes: the products that saturate on an x86 CPU without VNNI.

Source: ONNX Runtime's MLAS, onnxruntime/core/mlas/lib/platform.cpp (which kernels a CPU gets). Of the operators that
compute in 8 bits: those listed here go through its QGEMM or its symmetric convolution, whose AVX2 and AVX-512 kernels
add two products in 16 bits when the weights are signed, and in 32 bits when they are unsigned. MatMulNBits keeps within
16 bits (its kernels multiply magnitudes of at most 128 and 127, or mask every other byte), and a depthwise convolution
widens before it multiplies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

_MICROSOFT = "com.microsoft"
_QUANTIZED = {
    # activations, their scale, their zero point, weights, their scale; -1: it has none
    ("", "MatMulInteger"): (0, -1, 2, 1, -1),
    (_MICROSOFT, "MatMulIntegerToFloat"): (0, 2, 4, 1, 3),
    (_MICROSOFT, "QGemm"): (0, 1, 2, 3, 4),
    ("", "QLinearMatMul"): (0, 1, 2, 3, 4),
    ("", "QLinearConv"): (0, 1, 2, 3, 4),
}
_DYNAMIC = (_MICROSOFT, "DynamicQuantizeMatMul")
_IN_PAIRS = ("Conv", "MatMul", "Gemm")
"""In 8 bits when both of what they read comes from DequantizeLinear."""
_RESCALED = ("QLinearMatMul", "QLinearConv")
_CHANGED_OPSET = 21
"""From here on QLinearMatMul is another operator, which ONNX Runtime does not make unsigned."""
_NOT_SHOWN, _UINT8, _INT8 = 0, 2, 3


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product of unsigned with signed bytes."""

    name: str
    """Of its output in the graph."""
    op: str
    node: int
    """Place in the graph."""
    values: str
    """The activations in 8 bits; in floats where `dynamic`."""
    scale: str
    zero: str
    weights: str
    weight_scale: str
    stored: bool
    """The weights are the graph's own: the runtime can take them as unsigned where that is needed."""
    dynamic: bool = False
    """Activations are quantized as they come, within the operator."""
    attributes: Mapping[str, Any]
    channel_axis: int = -1
    """Of the weight's scales where there are several."""

    @property
    def adjustable(self) -> bool:
        """What saturation takes away can be taken from the output: it is not rounded to 8 bits in the operator."""
        return self.op not in _RESCALED and "rescaled" not in self.attributes

    @property
    def paired(self) -> bool:
        """It reads what comes back from 8 bits: ONNX Runtime then takes signed activations as unsigned, 128 up.

        Two signed factors of any other operator go through kernels that are exact.
        """
        return self.op in _IN_PAIRS

    @property
    def factor(self) -> float:
        """What the result is multiplied with beside the scales."""
        return float(self.attributes.get("alpha", 1.0)) if self.op in ("Gemm", "QGemm") else 1.0

    @property
    def convolution(self) -> bool:
        """It slides."""
        return self.op in ("Conv", "QLinearConv")


def products(model: onnx.ModelProto) -> tuple[Product, ...]:
    """Those of the graph itself, in its order."""
    return tuple(_found(model.graph, _opset(model)))


def within(model: onnx.ModelProto) -> tuple[Product, ...]:
    """Those in branches and loops."""
    return tuple(product for graph in _inner(model.graph) for product in _found(graph, _opset(model)))


def matrices(product: Product, weights: NDArray[Any]) -> list[NDArray[np.int8]]:
    """The weights as what rows are multiplied with, [K, N] each: one for each group of a convolution."""
    import numpy as np

    if product.convolution:
        # Neighbours are channels: pictures lie with their channels last in these kernels.
        parts = np.split(np.moveaxis(weights, 1, -1), _groups(product))
        return [each.reshape(len(each), -1).T for each in parts]
    if product.attributes.get("transB"):
        weights = weights.T
    weights = _column(weights)
    return list(weights.reshape(-1, *weights.shape[-2:]))


def factors(
    product: Product, values: NDArray[Any], zero: int, weights: NDArray[Any]
) -> list[tuple[NDArray[np.uint8], NDArray[np.int8]]]:
    """What is multiplied with what: rows [M, K] and a matrix [K, N] each; see `matrices`.

    Of a convolution the rows are what lies under it at each of its places, in the order of `result`.
    """
    import numpy as np

    if product.convolution:
        seen = np.split(_windows(product, values, zero, weights), _groups(product), axis=-1)
        whole = matrices(product, weights)
        return [(part.reshape(-1, len(matrix)), matrix) for part, matrix in zip(seen, whole, strict=True)]
    if product.attributes.get("transA"):
        values = values.T
    if weights.ndim <= 2:
        return [(values.reshape(-1, values.shape[-1]), matrices(product, weights)[0])]
    batch = np.broadcast_shapes(values.shape[:-2], weights.shape[:-2])
    both = [np.broadcast_to(each, (*batch, *each.shape[-2:])) for each in (values, weights)]
    flat = [each.reshape(-1, *each.shape[-2:]) for each in both]
    return list(zip(*flat, strict=True))


def result(
    product: Product, parts: list[NDArray[Any]], values: NDArray[Any], weights: NDArray[Any]
) -> NDArray[np.int64]:
    """Results [M, N], one for each of `factors`, in the shape of the product's own result."""
    import numpy as np

    if product.convolution:
        places = _windows(product, values, 0, weights).shape[: weights.ndim - 1]
        return np.moveaxis(np.concatenate(parts, axis=1).reshape(*places, -1), -1, 1)
    if product.attributes.get("transA"):
        values = values.T
    if weights.ndim <= 2:
        return parts[0].reshape(*values.shape[:-1], *(() if weights.ndim == 1 else (-1,)))
    batch = np.broadcast_shapes(values.shape[:-2], weights.shape[:-2])
    return np.stack(parts).reshape(*batch, *parts[0].shape)


def by_channel(product: Product, scales: NDArray[Any], weights: NDArray[Any]) -> NDArray[Any]:
    """Scales of the weights as they multiply the result."""
    sliding = product.convolution and scales.size > 1
    return scales.reshape(-1, *(1 for _ in weights.shape[2:])) if sliding else scales


def _column(weights: NDArray[Any]) -> NDArray[Any]:
    """A vector multiplies as a matrix of one column does."""
    return weights[:, None] if weights.ndim == 1 else weights


def _groups(product: Product) -> int:
    return int(product.attributes.get("group", 1))


def _windows(product: Product, values: NDArray[Any], zero: int, weights: NDArray[Any]) -> NDArray[Any]:
    """[batch, places…, kernel…, channels] of pictures [batch, channels, sizes…], of any number of dimensions."""
    import numpy as np

    facts, size = product.attributes, weights.shape[2:]
    ones = (1,) * len(size)
    steps, spread = facts.get("strides", ones), facts.get("dilations", ones)
    reach = tuple((width - 1) * by + 1 for width, by in zip(size, spread, strict=True))
    pads = tuple(facts.get("pads", (0,) * 2 * len(size)))
    around = list(zip(pads[: len(size)], pads[len(size) :], strict=True))
    same = facts.get("auto_pad", b"NOTSET")
    if same in (b"SAME_UPPER", b"SAME_LOWER"):
        whole = [
            max((-(-given // step) - 1) * step + wide - given, 0)
            for given, step, wide in zip(values.shape[2:], steps, reach, strict=True)
        ]
        around = [(each // 2, each - each // 2) for each in whole]
        around = around if same == b"SAME_UPPER" else [(after, before) for before, after in around]
    wide = np.pad(values, ((0, 0), (0, 0), *around), constant_values=zero)
    seen = np.lib.stride_tricks.sliding_window_view(wide, reach, axis=tuple(range(2, values.ndim)))
    every = tuple(slice(None, None, by) for by in (*steps, *spread))
    return np.moveaxis(seen[(slice(None), slice(None), *every)], 1, -1)


def _found(graph: onnx.GraphProto, opset: int) -> Iterator[Product]:
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    kinds.update({value.name: value.type.tensor_type.elem_type for value in graph.input if value.name not in kinds})
    own = {tensor.name for tensor in graph.initializer}
    by_output = {name: node for node in graph.node for name in node.output}
    for place, node in enumerate(graph.node):
        reading = _reading(node, by_output)
        if reading is None:
            continue
        values, scale, zero, weights, weight_scale, axis = reading
        kind = kinds.get(weights) or _made(by_output.get(weights), kinds)
        facts = _attributes(node)
        if kind not in (_INT8, _NOT_SHOWN) or _depthwise(graph, node, weights, facts):
            continue
        covered = weights in own and not (opset >= _CHANGED_OPSET and node.op_type in ("QLinearMatMul", "MatMul"))
        if node.op_type == "QGemm" and len(node.input) > 7 and node.input[7]:
            facts["rescaled"] = 1
        yield Product(
            name=node.output[0],
            op=node.op_type,
            node=place,
            values=values,
            scale=scale,
            zero=zero,
            weights=weights,
            weight_scale=weight_scale,
            stored=covered,
            dynamic=(node.domain, node.op_type) == _DYNAMIC,
            attributes=facts,
            channel_axis=axis,
        )


def _reading(
    node: onnx.NodeProto, by_output: Mapping[str, onnx.NodeProto]
) -> tuple[str, str, str, str, str, int] | None:
    """Activations, scale, zero point, weights, their scale and its axis; None for what does not compute in 8 bits."""
    domain = node.domain if node.domain != "ai.onnx" else ""
    names = list(node.input)

    def named(place: int) -> str:
        return names[place] if 0 <= place < len(names) else ""

    if (domain, node.op_type) == _DYNAMIC:
        return names[0], "", "", names[1], names[2], -1
    if places := _QUANTIZED.get((domain, node.op_type)):
        values, scale, zero, weights, weight_scale = (named(place) for place in places)
        return values, scale, zero, weights, weight_scale, -1
    if domain or node.op_type not in _IN_PAIRS or len(names) < 2:
        return None
    backs = [by_output.get(name) for name in names[:2]]
    if any(back is None or back.op_type != "DequantizeLinear" for back in backs):
        return None
    one, other = backs
    assert one is not None
    assert other is not None
    axis = next((each.i for each in other.attribute if each.name == "axis"), 1)
    zero = one.input[2] if len(one.input) > 2 else ""
    return one.input[0], one.input[1], zero, other.input[0], other.input[1], axis


def _made(node: onnx.NodeProto | None, kinds: Mapping[str, int]) -> int:
    """The type of what a node makes, as far as 8 bits go; where it does not show, the numbers will."""
    if node is None:
        return _NOT_SHOWN
    if node.op_type == "DynamicQuantizeLinear":
        return _UINT8
    if node.op_type == "QuantizeLinear":
        return kinds.get(node.input[2], _NOT_SHOWN) if len(node.input) > 2 else _UINT8
    if node.op_type == "Cast":
        return int(next(each.i for each in node.attribute if each.name == "to"))
    return _NOT_SHOWN


def _depthwise(graph: onnx.GraphProto, node: onnx.NodeProto, weights: str, facts: Mapping[str, Any]) -> bool:
    if node.op_type not in ("Conv", "QLinearConv"):
        return False
    shape = next((tuple(tensor.dims) for tensor in graph.initializer if tensor.name == weights), ())
    return bool(shape) and shape[1] == 1 and shape[0] == facts.get("group", 1)


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    from onnx import helper

    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _inner(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                yield inner
                yield from _inner(inner)


def _opset(model: onnx.ModelProto) -> int:
    return next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0)
