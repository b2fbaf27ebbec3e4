"""Leaky activations with trained slopes (PRelu), in operators that compute fast.

ONNX Runtime's PRelu takes longer than the convolutions around it, and has no 8-bit kernel. For 8 bits, where it follows
a convolution, it goes into it: for slopes `a`, ``PRelu(W x) = a W x + sign(1 - a) Relu(|1 - a| W x)``, two convolutions
and an addition, all of which have fast kernels in floats and in 8 bits. Elsewhere, with slopes of at most 1, it is the
larger of a number and its multiple.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import onnx
    from numpy.typing import NDArray


def without_leaks(model: onnx.ModelProto, *, split: bool) -> onnx.ModelProto | None:
    """The graph without what it can do without of PRelu of constant slopes; None when there is none of it.

    :param split: convolutions may be split, which stores their weights twice: for 8 bits, where they have a quarter of
        the size. Else every leak is the larger of a number and its multiple.
    """
    import onnx
    from onnx import numpy_helper

    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    leaks = [node for node in model.graph.node if node.op_type == "PRelu" and node.input[1] in stored]
    rewriting = _Rewriting(model=model, stored=stored, split=split)
    new = {node.output[0]: nodes for node in leaks if (nodes := rewriting.replaced(node))}
    if not new:
        return None
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.node[:]
    for node in model.graph.node:
        if node.output[0] not in rewriting.gone:
            changed.graph.node.extend(new.get(node.output[0], [node]))
    read = {name for node in changed.graph.node for name in node.input}
    for tensor in [tensor for tensor in changed.graph.initializer if tensor.name not in read]:
        changed.graph.initializer.remove(tensor)
    changed.graph.initializer.extend(rewriting.weights)
    return changed


@dataclass(kw_only=True)
class _Rewriting:
    model: onnx.ModelProto
    stored: dict[str, NDArray[Any]]
    split: bool
    weights: list[onnx.TensorProto] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    """Outputs of convolutions that were replaced."""

    def replaced(self, leak: onnx.NodeProto) -> list[onnx.NodeProto]:
        """What stands in its place; nothing when it stays."""
        import numpy as np
        from onnx import helper, numpy_helper

        x, slope, y = leak.input[0], leak.input[1], leak.output[0]
        conv = self._only_maker(x) if self.split else None
        slopes = None if conv is None else self._by_channel(self.stored[slope], self.stored[conv.input[1]])
        if conv is None or slopes is None:
            if self.stored[slope].max() > 1:
                return []
            return [
                helper.make_node("Mul", [x, slope], [f"{y}_leak"]),
                helper.make_node("Max", [x, f"{y}_leak"], [y]),
            ]
        self.gone.add(x)
        steep = bool((slopes > 1).any())
        cut = f"{y}_signed" if steep else f"{y}_cut"
        nodes = [
            self._scaled(conv, slopes, f"{y}_leak"),
            self._scaled(conv, abs(1 - slopes), f"{y}_rest"),
            helper.make_node("Relu", [f"{y}_rest"], [f"{y}_cut"]),
            helper.make_node("Add", [f"{y}_leak", cut], [y]),
        ]
        if steep:
            signs = np.where(slopes > 1, np.float32(-1), np.float32(1)).reshape(1, -1, *[1] * (self._places(conv)))
            self.weights.append(numpy_helper.from_array(signs, f"{y}_signs"))
            nodes.insert(3, helper.make_node("Mul", [f"{y}_cut", f"{y}_signs"], [cut]))
        return nodes

    def _places(self, conv: onnx.NodeProto) -> int:
        """Dimensions of a picture: two, or one of a sound."""
        return self.stored[conv.input[1]].ndim - 2

    def _only_maker(self, name: str) -> onnx.NodeProto | None:
        """The convolution of stored weights that makes a tensor which nothing else reads."""
        readers = sum(name in node.input for node in self.model.graph.node)
        if readers > 1 or name in {value.name for value in self.model.graph.output}:
            return None
        found = (node for node in self.model.graph.node if name in node.output and node.op_type == "Conv")
        return next((node for node in found if set(node.input[1:]) <= self.stored.keys()), None)

    def _by_channel(self, slopes: NDArray[Any], weight: NDArray[Any]) -> NDArray[np.float32] | None:
        """A slope for each output channel; None when the slopes differ within one."""
        import numpy as np

        places = weight.ndim - 2
        if slopes.size == 1 or slopes.shape == (weight.shape[0], *[1] * places):
            return np.broadcast_to(slopes.reshape(-1), weight.shape[:1]).astype(np.float32)
        return None

    def _scaled(self, conv: onnx.NodeProto, factors: NDArray[np.float32], output: str) -> onnx.NodeProto:
        """The convolution with its channels multiplied."""
        from onnx import numpy_helper

        part = type(conv)()
        part.CopyFrom(conv)
        part.output[0] = part.name = output
        for place, name in enumerate(conv.input[1:], 1):
            array = self.stored[name]
            part.input[place] = f"{output}_{place}"
            scaled = (array * factors.reshape(-1, *[1] * (array.ndim - 1))).astype(array.dtype)
            self.weights.append(numpy_helper.from_array(scaled, part.input[place]))
        return part
