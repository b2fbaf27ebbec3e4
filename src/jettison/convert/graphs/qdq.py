"""Static 8 bits: products over 8-bit weights and 8-bit activations, with ranges that were found beforehand.

Written as pairs of QuantizeLinear and DequantizeLinear around what is to be computed in 8 bits, which every runtime
turns into its own integer kernels. Weights are symmetric with a scale for each output channel; activations are unsigned
with one scale and one zero point for each tensor, biases 32-bit integers at the product of both scales.
Source: Jacob et al. 2017, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .layout import Layout, Unit

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray

Ranges = Mapping[str, tuple[float, float]]
"""Lowest and highest number by tensor."""

_STEPS = 255
_SMALLEST_SCALE = 1e-12
_LARGEST_BIAS = 2.0**30


def step(low: float, high: float) -> tuple[float, int]:
    """Scale and zero point of unsigned 8 bits from `low` to `high`. Zero is always met exactly."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max((high - low) / _STEPS, _SMALLEST_SCALE)
    return scale, round(-low / scale)


def channels(
    weight: NDArray[np.float32], axis: int, *, bits: int = 8, least: NDArray[np.float32] | float = 0.0
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Symmetric values and a scale for each channel along the axis.

    :param bits: with 7 no sum of two products overflows 16 bits, as it may on a CPU without VNNI.
    :param least: scales that are not gone under.
    """
    import numpy as np

    most = 2 ** (bits - 1) - 1
    others = tuple(each for each in range(weight.ndim) if each != axis)
    scales = np.maximum(np.abs(weight).max(axis=others) / most, np.maximum(least, _SMALLEST_SCALE)).astype(np.float32)
    shape = [1] * weight.ndim
    shape[axis] = -1
    return np.clip(np.rint(weight / scales.reshape(shape)), -most, most).astype(np.int8), scales


def quantized(
    model: onnx.ModelProto, ranges: Ranges, *, floats: Sequence[str] = (), bits: int = 8, folder: Path | None = None
) -> onnx.ModelProto:
    """The graph with its products in 8 bits.

    :param floats: names of units that stay in 32 bits.
    :param bits: of the weights.
    :param folder: where weights lie that the model does not hold itself.
    """
    layout = Layout(model=model, folder=folder)
    units = tuple(unit for unit in layout.units() if unit.name not in floats)
    return _Writer(layout=layout, ranges=ranges, units=units, bits=bits).written()


@dataclass(kw_only=True)
class _Writer:
    """One quantized graph in the making.

    A tensor that is made in 8 bits keeps its name on the way back to floats, so that every reader reads what came
    back; of one that is made in floats, the readers in 8 bits alone read a copy that went through 8 bits.
    """

    layout: Layout
    ranges: Ranges
    units: tuple[Unit, ...]
    bits: int
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)
    steps: dict[str, tuple[float, int]] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    """Output of a node in 8 bits → the tensor that it is known as, behind an activation that was swallowed."""
    swallowed: set[int] = field(default_factory=set)

    def written(self) -> onnx.ModelProto:
        """The whole graph."""
        import onnx

        carriers = self.layout.carriers(self.units)
        self._plan(carriers)
        by_node = {unit.node: unit for unit in self.units}
        nodes: list[onnx.NodeProto] = []
        for value in self.layout.model.graph.input:
            nodes += self._copied(value.name)
        for place, node in enumerate(self.layout.model.graph.node):
            if place in self.swallowed:
                continue
            new = onnx.NodeProto()
            new.CopyFrom(node)
            if unit := by_node.get(place):
                nodes += self._product(new, unit)
            elif place in carriers:
                nodes += self._carrier(new)
            else:
                nodes.append(new)
                for name in node.output:
                    nodes += self._copied(name)
        return self._assembled(nodes)

    def _plan(self, carriers: Sequence[int]) -> None:
        graph = self.layout.model.graph
        read = {unit.source for unit in self.units}
        for place in carriers:
            read.update(self.layout.data(graph.node[place]))
        for unit in self.units:
            self.steps[unit.source] = step(*self.ranges[unit.source])
            # A convolution exists in 8 bits with an 8-bit result alone; the other products can give floats.
            if unit.kind == "Conv" or unit.result in read:
                self._make(graph.node[unit.node].output[0], unit.result, unit.activation)
        for place in carriers:
            node = graph.node[place]
            output = node.output[0]
            if place in self.swallowed:
                continue
            readers = self.layout.readers.get(output, [])
            follower = readers[0] if len(readers) == 1 and readers[0] in carriers else -1
            if follower >= 0 and graph.node[follower].op_type in ("Relu", "Clip") and not self.layout.keeps_range(node):
                self._make(output, graph.node[follower].output[0], follower)
            else:
                self._make(output, output, None)
            if self.layout.keeps_range(node):
                self.steps[output] = self.steps[self.layout.data(node)[0]]

    def _make(self, output: str, known: str, activation: int | None) -> None:
        self.made[output] = known
        self.steps[known] = step(*self.ranges[known])
        if activation is not None:
            self.swallowed.add(activation)

    def _product(self, node: onnx.NodeProto, unit: Unit) -> Iterator[onnx.NodeProto]:
        import numpy as np

        weight = self.layout.array(unit.weight)
        scale = self.steps[unit.source][0]
        bias = self.layout.array(unit.bias) if unit.bias else None
        # A channel of next to no weight keeps its bias within 32 bits.
        least = 0.0 if bias is None else np.abs(bias) / (scale * _LARGEST_BIAS)
        values, scales = channels(weight, unit.channel_axis, bits=self.bits, least=least)
        name = f"{unit.name}_weight"
        zeros = np.zeros(len(scales), np.int8)
        yield self._back(values, scales, zeros, name, axis=unit.channel_axis)
        node.input[0] = self._reading(unit.source)
        node.input[1] = name
        if bias is not None:
            both = (scales.astype(np.float64) * scale).astype(np.float32)
            whole = np.rint(bias / both.astype(np.float64)).astype(np.int32)
            yield self._back(whole, both, np.zeros(len(both), np.int32), f"{unit.name}_bias", axis=0)
            node.input[2] = f"{unit.name}_bias"
        yield from self._finished(node)

    def _carrier(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        import numpy as np

        data = set(self.layout.data(node))
        for place, name in enumerate(node.input):
            if name in data:
                node.input[place] = self._reading(name)
            elif name in self.layout.shapes and node.op_type in ("Add", "Mul", "Concat"):
                array = self.layout.array(name)
                scale, zero = step(float(array.min()), float(array.max()))
                values = np.clip(np.rint(array / np.float32(scale)) + zero, 0, _STEPS).astype(np.uint8)
                stored = f"{name}_eight"
                if f"{stored}_values" not in self.constants:
                    yield self._back(values, np.float32(scale), np.uint8(zero), stored)
                node.input[place] = stored
        yield from self._finished(node)

    def _finished(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """The node, and what turns its result into 8 bits and back."""
        known = self.made.get(node.output[0])
        if known is None:
            yield node
            for name in node.output:
                yield from self._copied(name)
            return
        node.output[0] = f"{known}_raw"
        yield node
        yield from self._pair(known, f"{known}_raw", known)

    def _copied(self, name: str) -> Iterator[onnx.NodeProto]:
        """What readers in 8 bits read of a tensor that is made in floats."""
        if name in self.steps:
            yield from self._pair(name, name, f"{name}_copy")

    def _reading(self, name: str) -> str:
        return name if name in set(self.made.values()) else f"{name}_copy"

    def _pair(self, name: str, source: str, result: str) -> Iterator[onnx.NodeProto]:
        import numpy as np
        from onnx import helper

        scale, zero = self.steps[name]
        facts = [self._constant(np.float32(scale), f"{name}_scale"), self._constant(np.uint8(zero), f"{name}_zero")]
        yield helper.make_node("QuantizeLinear", [source, *facts], [f"{name}_quantized"])
        yield helper.make_node("DequantizeLinear", [f"{name}_quantized", *facts], [result])

    def _back(
        self, values: NDArray[np.generic], scales: object, zeros: object, name: str, axis: int | None = None
    ) -> onnx.NodeProto:
        """A stored tensor in 8 or 32 bits, turned into floats."""
        from onnx import helper

        parts = [
            self._constant(part, f"{name}_{word}")
            for part, word in ((values, "values"), (scales, "scale"), (zeros, "zero"))
        ]
        facts: dict[str, Any] = {} if axis is None else {"axis": axis}
        return helper.make_node("DequantizeLinear", parts, [name], **facts)

    def _constant(self, value: object, name: str) -> str:
        import numpy as np
        from onnx import numpy_helper

        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _assembled(self, nodes: Sequence[onnx.NodeProto]) -> onnx.ModelProto:
        import onnx

        old = self.layout.model
        read = {name for node in nodes for name in node.input} | {value.name for value in old.graph.output}
        read |= {name for name, readers in self.layout.readers.items() if -1 in readers}
        graph = onnx.GraphProto(name=old.graph.name or "graph")
        graph.input.extend(old.graph.input)
        graph.output.extend(old.graph.output)
        graph.node.extend(nodes)
        graph.initializer.extend(tensor for tensor in old.graph.initializer if tensor.name in read)
        graph.initializer.extend(self.constants.values())
        model = onnx.ModelProto(graph=graph, ir_version=old.ir_version, producer_name="jettison")
        model.opset_import.extend(old.opset_import)
        model.functions.extend(old.functions)
        return model
