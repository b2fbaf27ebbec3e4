"""How much each layer alone loses in 8 bits: one graph computes every product twice, in floats and through 8 bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .layout import Layout, Unit
from .qdq import Ranges, channels, step
from .stored import running

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

    Feed = Mapping[str, NDArray[Any]]


def noise(
    model: onnx.ModelProto, ranges: Ranges, feeds: Iterable[Feed], *, bits: int = 8, folder: Path | None = None
) -> dict[str, float]:
    """By unit: the squared difference that 8 bits make in its result, as a share of the result's own square.

    :param folder: where weights lie that the model does not hold itself.
    """
    layout = Layout(model=model, folder=folder)
    units = layout.units()
    session = running(_doubled(layout, units, ranges, bits), folder, "basic")
    off = dict.fromkeys((unit.name for unit in units), 0.0)
    whole = dict(off)
    names = [f"{unit.name}_{word}" for unit in units for word in ("off", "whole")]
    for feed in feeds:
        found = session.run(feed, names)
        for unit in units:
            off[unit.name] += float(found[f"{unit.name}_off"])
            whole[unit.name] += float(found[f"{unit.name}_whole"])
    return {name: off[name] / whole[name] if whole[name] else 0.0 for name in off}


def _doubled(layout: Layout, units: tuple[Unit, ...], ranges: Ranges, bits: int) -> onnx.ModelProto:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    changed = onnx.ModelProto()
    changed.CopyFrom(layout.model)
    nodes, outputs = changed.graph.node, changed.graph.output
    for unit in units:
        name, (scale, zero) = unit.name, step(*ranges[unit.source])
        values, scales = channels(layout.array(unit.weight), unit.channel_axis, bits=bits)
        facts = {
            f"{name}_n_scale": np.float32(scale),
            f"{name}_n_zero": np.uint8(zero),
            f"{name}_n_values": values,
            f"{name}_n_scales": scales,
            f"{name}_n_zeros": np.zeros(len(scales), np.int8),
        }
        changed.graph.initializer.extend(
            numpy_helper.from_array(np.asarray(value), key) for key, value in facts.items()
        )
        scale_name, zero_name, *weight = facts
        weight_name = f"{name}_n_weight"
        product = onnx.NodeProto()
        product.CopyFrom(layout.model.graph.node[unit.node])
        product.name = f"{name}_n"
        product.input[0], product.input[1], product.output[0] = f"{name}_n_back", weight_name, f"{name}_n"
        nodes.extend(
            [
                helper.make_node("DequantizeLinear", weight, [weight_name], axis=unit.channel_axis),
                helper.make_node("QuantizeLinear", [unit.source, scale_name, zero_name], [f"{name}_n_eight"]),
                helper.make_node("DequantizeLinear", [f"{name}_n_eight", scale_name, zero_name], [f"{name}_n_back"]),
                product,
                helper.make_node("Sub", [f"{name}_n", name], [f"{name}_n_difference"]),
                helper.make_node("ReduceSumSquare", [f"{name}_n_difference"], [f"{name}_off"], keepdims=0),
                helper.make_node("ReduceSumSquare", [name], [f"{name}_whole"], keepdims=0),
            ]
        )
        for word in ("off", "whole"):
            outputs.append(helper.make_tensor_value_info(f"{name}_{word}", TensorProto.FLOAT, []))
    return changed
