"""Dynamic 8 bits: products with 8-bit weights, whose activations are quantized as they come. Needs no samples.

For matrix products alone: a convolution computed so is slower than in floats.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .layout import Layout
from .qdq import channels

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

_MICROSOFT = "com.microsoft"


def quantized(model: onnx.ModelProto, *, bits: int = 8, folder: Path | None = None) -> onnx.ModelProto | None:
    """The graph with DynamicQuantizeMatMul for its matrix products; None when it has none.

    :param bits: of the weights: 7 where 8 would saturate (an x86 CPU without VNNI).
    :param folder: where weights lie that the model does not hold itself.
    """
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    layout = Layout(model=model, folder=folder)
    units = {unit.node: unit for unit in layout.units() if unit.kind != "Conv"}
    if not units:
        return None
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    del changed.graph.node[:]
    for place, node in enumerate(model.graph.node):
        unit = units.get(place)
        if unit is None:
            changed.graph.node.append(node)
            continue
        weight = layout.array(unit.weight)
        values, scales = channels(weight, unit.channel_axis, bits=bits)
        values = values.T if unit.channel_axis == 0 else values
        facts: dict[str, NDArray[Any]] = {
            "values": np.ascontiguousarray(values),
            "scale": scales,
            "zero": np.zeros(len(scales), np.int8),
        }
        names = {word: f"{unit.name}_{word}" for word in facts}
        changed.graph.initializer.extend(numpy_helper.from_array(array, names[word]) for word, array in facts.items())
        inputs = [unit.source, names["values"], names["scale"], names["zero"], *([unit.bias] if unit.bias else [])]
        changed.graph.node.append(
            helper.make_node("DynamicQuantizeMatMul", inputs, [node.output[0]], domain=_MICROSOFT)
        )
    read = {name for node in changed.graph.node for name in node.input} | {out.name for out in model.graph.output}
    read |= {name for name, readers in layout.readers.items() if -1 in readers}
    for tensor in [tensor for tensor in changed.graph.initializer if tensor.name not in read]:
        changed.graph.initializer.remove(tensor)
    if not any(each.domain == _MICROSOFT for each in changed.opset_import):
        changed.opset_import.append(helper.make_opsetid(_MICROSOFT, 1))
    return changed
