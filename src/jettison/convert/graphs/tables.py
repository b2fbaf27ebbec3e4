"""Tables of embeddings in 8 bits: whole rows are looked up, so each has a scale of its own and next to nothing is lost.

``table[i]`` becomes ``float(values[i]) * scales[i]``: four bytes a number become one, and only rows that are looked up
are turned back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .layout import Layout
from .qdq import channels

if TYPE_CHECKING:
    import onnx

_SMALLEST_NUMBERS = 1 << 14
"""Under that a table is not worth three more nodes."""


def in_eight_bits(model: onnx.ModelProto, folder: Path | None = None) -> onnx.ModelProto:
    """The graph with the tables that nothing but look-ups of rows reads in 8 bits; the same graph when it has none.

    :param folder: where weights lie that the model does not hold itself.
    """
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    layout = Layout(model=model, folder=folder)
    tables = [name for name in layout.shapes if _is_table(layout, name)]
    if not tables:
        return model
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    for name in tables:
        values, scales = channels(layout.array(name), 0)
        parts = {f"{name}_values": values, f"{name}_scales": scales.reshape(-1, 1)}
        graph.initializer.extend(numpy_helper.from_array(np.asarray(array), key) for key, array in parts.items())
    for tensor in [tensor for tensor in graph.initializer if tensor.name in tables]:
        graph.initializer.remove(tensor)
    del graph.node[:]
    for node in model.graph.node:
        if node.op_type != "Gather" or node.input[0] not in tables:
            graph.node.append(node)
            continue
        (table, places), (result,) = node.input, node.output
        rows, scale, floats = (f"{result}_{word}" for word in ("rows", "row_scale", "floats"))
        graph.node.extend(
            [
                helper.make_node("Gather", [f"{table}_values", places], [rows], axis=0),
                helper.make_node("Gather", [f"{table}_scales", places], [scale], axis=0),
                helper.make_node("Cast", [rows], [floats], to=TensorProto.FLOAT),
                helper.make_node("Mul", [floats, scale], [result]),
            ]
        )
    return changed


def _is_table(layout: Layout, name: str) -> bool:
    shape, readers = layout.shapes[name], layout.readers.get(name, [])
    if len(shape) != 2 or shape[0] * shape[1] < _SMALLEST_NUMBERS or not readers or min(readers) < 0:
        return False
    return all(_looks_up_rows(layout.model.graph.node[place], name) for place in readers)


def _looks_up_rows(node: onnx.NodeProto, table: str) -> bool:
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 0)
    return node.op_type == "Gather" and node.input[0] == table and node.input[1] != table and axis in (0, -2)
