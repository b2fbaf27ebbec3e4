"""Graphs whose weights stay in their file: a large model is in memory once, in the runtime that computes with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.runtimes.onnx_graphs import Optimization, Running

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

_INLINE_BYTES = 1024
_ALIGNMENT = 64


def light(path: Path) -> onnx.ModelProto:
    """A graph without the weights that lie beside it."""
    import onnx

    return onnx.load(str(path), load_external_data=False)


def array(tensor: onnx.TensorProto, folder: Path | None) -> NDArray[Any]:
    """The numbers of a stored tensor, read from the graph's folder where they lie there."""
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor, str(folder or ""))


def running(model: onnx.ModelProto, folder: Path | None, optimization: Optimization = "all") -> Running:
    """A session on a graph that is in memory, with weights in that folder."""
    return Running(model.SerializeToString(), optimization, weights=folder)


def save(model: onnx.ModelProto, path: Path) -> None:
    """Write a graph with its weights in one file beside it; the graph in memory stays as it is."""
    weights = path.with_name(f"{path.name}.data")
    moved = []
    with weights.open("wb") as file:
        for tensor in _large(model.graph):
            file.write(bytes(-file.tell() % _ALIGNMENT))
            offset, length = file.tell(), file.write(tensor.raw_data)
            tensor.ClearField("raw_data")
            tensor.data_location = tensor.EXTERNAL
            for key, value in (("location", weights.name), ("offset", offset), ("length", length)):
                tensor.external_data.add(key=key, value=str(value))
            moved.append((tensor, offset, length))
    path.write_bytes(model.SerializeToString())
    # Put back from the file, one after the other: never are all weights in memory twice.
    with weights.open("rb") as file:
        for tensor, offset, length in moved:
            file.seek(offset)
            del tensor.external_data[:]
            tensor.data_location = tensor.DEFAULT
            tensor.raw_data = file.read(length)


def packed(model: onnx.ModelProto) -> None:
    """Numbers that are stored one by one, as old exporters do, become bytes."""
    from onnx import numpy_helper

    for tensor in model.graph.initializer:
        if not tensor.HasField("raw_data") and tensor.data_type != tensor.STRING:
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))


def _large(graph: Any) -> Iterator[Any]:
    return (tensor for tensor in graph.initializer if len(tensor.raw_data) > _INLINE_BYTES)
