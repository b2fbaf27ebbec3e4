"""What of a graph can be computed in 8 bits: its trained products, and what may stand between two of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .stored import array

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

_ACTIVATIONS = ("Relu", "Clip")
"""What a product swallows: 8 bits end where the activation cuts off."""
_KEEPING = ("MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice")
"""What moves numbers and changes none: the range of its output is that of its input."""
_COMPUTING = ("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu")
"""What ONNX Runtime has 8-bit kernels for on a CPU."""
_FLOAT = 1


@dataclass(frozen=True, kw_only=True)
class Unit:
    """One trained product, with the activation behind it."""

    name: str
    """Of its output in the graph: names of nodes are neither given nor unique everywhere."""
    kind: str
    """``Conv``, ``Gemm`` or ``MatMul``."""
    node: int
    """Place in the graph."""
    activation: int | None
    source: str
    """The tensor that it reads."""
    result: str
    """The tensor that it gives, behind the activation."""
    weight: str
    bias: str
    channel_axis: int
    """Of the weight: where the output channels are."""


@dataclass(kw_only=True)
class Layout:
    """A graph seen as products and what stands between them."""

    model: onnx.ModelProto
    folder: Path | None = None
    """Where weights lie that the model does not hold itself."""
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Of the stored floats."""
    readers: dict[str, list[int]] = field(default_factory=dict)
    """Nodes that read a tensor; -1 for the graph's own output, and for graphs within."""

    def __post_init__(self) -> None:
        stored = [tensor for tensor in self.model.graph.initializer if tensor.data_type == _FLOAT]
        self.shapes = {tensor.name: tuple(tensor.dims) for tensor in stored}
        self._stored = {tensor.name: tensor for tensor in stored}
        for place, node in enumerate(self.model.graph.node):
            for name in node.input:
                self.readers.setdefault(name, []).append(place)
            for name in _read_within(node):
                self.readers.setdefault(name, []).append(-1)
        for value in self.model.graph.output:
            self.readers.setdefault(value.name, []).append(-1)

    def array(self, name: str) -> NDArray[Any]:
        """Stored floats."""
        return array(self._stored[name], self.folder)

    def products(self, unit: Unit) -> int:
        """Multiply-adds for each number of its result."""
        shape = self.shapes[unit.weight]
        return prod(shape) // max(shape[unit.channel_axis], 1)

    def units(self) -> tuple[Unit, ...]:
        """The trained products, in the order of the graph."""
        return tuple(self._units())

    def carriers(self, units: tuple[Unit, ...]) -> tuple[int, ...]:
        """Nodes between these products that may stay in 8 bits, in the order of the graph.

        A node belongs to them when everything that it reads is in 8 bits already and something in 8 bits reads it.
        """
        eight = {unit.source for unit in units} | {unit.result for unit in units}
        taken = {place for unit in units for place in (unit.node, unit.activation)}
        found: list[int] = []
        for place, node in enumerate(self.model.graph.node):
            if place in taken:
                continue
            if node.op_type in (*_KEEPING, *_COMPUTING, *_ACTIVATIONS) and self._all_eight(node, eight):
                found.append(place)
                eight.update(node.output)
        wanted = {unit.source for unit in units}
        kept = []
        for place in reversed(found):
            node = self.model.graph.node[place]
            if node.output[0] in wanted:
                kept.append(place)
                wanted.update(self.data(node))
        return tuple(reversed(kept))

    def data(self, node: onnx.NodeProto) -> list[str]:
        """The tensors that a carrier computes with; sizes and axes are none."""
        if node.op_type in ("Add", "Mul", "Concat"):
            return [name for name in node.input if name not in self.shapes]
        return [node.input[0]]

    def keeps_range(self, node: onnx.NodeProto) -> bool:
        """The node changes no number."""
        return node.op_type in _KEEPING

    def tensors(self, units: tuple[Unit, ...]) -> tuple[str, ...]:
        """Every tensor whose range must be known, whatever is quantized in the end."""
        names: dict[str, None] = {}
        for unit in units:
            names.update({unit.source: None, self.model.graph.node[unit.node].output[0]: None, unit.result: None})
        for place in self.carriers(units):
            node = self.model.graph.node[place]
            names.update(dict.fromkeys([*self.data(node), node.output[0]]))
        return tuple(names)

    def _units(self) -> Iterator[Unit]:
        for place, node in enumerate(self.model.graph.node):
            axis = self._channel_axis(node)
            if axis is None:
                continue
            result, activation = node.output[0], None
            following = self.readers.get(result, [])
            if len(following) == 1 and following[0] >= 0:
                reader = self.model.graph.node[following[0]]
                if reader.op_type in _ACTIVATIONS and reader.input[0] == result:
                    activation, result = following[0], reader.output[0]
            yield Unit(
                name=node.output[0],
                kind=node.op_type,
                node=place,
                activation=activation,
                source=node.input[0],
                result=result,
                weight=node.input[1],
                bias=node.input[2] if len(node.input) > 2 else "",
                channel_axis=axis,
            )

    def _channel_axis(self, node: onnx.NodeProto) -> int | None:
        """Where the weight of a product has its output channels; None when the node is none that can be quantized."""
        if not self._trained(node):
            return None
        shape = self.shapes[node.input[1]]
        if node.op_type == "Conv":
            return 0
        if node.op_type == "MatMul":
            return 1 if len(shape) == 2 else None
        facts = {attribute.name: attribute for attribute in node.attribute}
        plain = all(name not in facts or facts[name].f == 1.0 for name in ("alpha", "beta"))
        if not plain or ("transA" in facts and facts["transA"].i):
            return None
        axis = 0 if "transB" in facts and facts["transB"].i else 1
        fits = len(node.input) < 3 or self.shapes[node.input[2]] == (shape[axis],)
        return axis if fits else None

    def _trained(self, node: onnx.NodeProto) -> bool:
        """A product of something with a stored weight, and a stored bias for each channel if any."""
        if node.op_type not in ("Conv", "MatMul", "Gemm") or node.domain not in ("", "ai.onnx"):
            return False
        x, weight, *bias = node.input
        stored = weight in self.shapes and x not in self.shapes
        return stored and all(len(self.shapes.get(name, ())) == 1 for name in bias)

    def _all_eight(self, node: onnx.NodeProto, eight: set[str]) -> bool:
        names = self.data(node)
        return bool(names) and all(name in eight for name in names)


def _read_within(node: onnx.NodeProto) -> Iterator[str]:
    """Tensors that the branches of a node read from outside."""
    for attribute in node.attribute:
        for graph in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
            for inner in graph.node:
                yield from inner.input
                yield from _read_within(inner)
            yield from (value.name for value in graph.output)
