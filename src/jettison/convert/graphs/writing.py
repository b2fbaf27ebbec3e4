"""The model folder of a graph: ``model.onnx``, its weights once in ``weights.bin``, and the manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison import __version__
from jettison.convert.architectures.graph import WeightsFile
from jettison.runtimes.onnx_graphs import GraphRefused
from jettison.workspace import file_digest

from . import stored

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

TASK = "raw-tensors"
MODEL, WEIGHTS = "model.onnx", "weights.bin"
_RUNTIME = {"from": "0.1.0", "below": "0.2.0"}
_INLINE_BYTES = 1024
_LARGEST_BYTES = 2**31 - 1
_ALIGNMENT = 64
"""Graphs of small convolutions have many small tensors, which pages would make larger than the original."""


def write_graph(
    model: onnx.ModelProto, into: Path, *, half: bool, folder: Path | None = None, one_file: bool = False
) -> None:
    """The graph and its weights.

    :param half: weights as 16-bit floats on disk; the runtime widens them once, when it loads them.
    :param folder: where weights lie that the model does not hold itself.
    :param one_file: weights within the graph's file; one over 2 GB is refused.
    """
    import numpy as np
    import onnx
    from onnx import TensorProto, helper

    written = onnx.ModelProto()
    written.CopyFrom(model)
    graph = written.graph
    widened = []
    with WeightsFile(into / WEIGHTS, _ALIGNMENT) as weights:
        for tensor in graph.initializer:
            inside = tensor.data_location != tensor.EXTERNAL
            array = stored.array(tensor, folder)
            if inside and array.nbytes <= _INLINE_BYTES:
                continue
            name, kind = tensor.name, tensor.data_type
            if half and kind == TensorProto.FLOAT:
                largest = np.finfo(np.float16).max
                array, kind = np.clip(array, -largest, largest).astype(np.float16), TensorProto.FLOAT16
                widened.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
                name = f"{name}_half"
            if one_file:
                tensor.CopyFrom(TensorProto(name=name, dims=array.shape, data_type=kind, raw_data=array.tobytes()))
                continue
            offset, length = weights.place(array)
            tensor.CopyFrom(
                TensorProto(name=name, dims=array.shape, data_type=kind, data_location=TensorProto.EXTERNAL)
            )
            for key, value in (("location", WEIGHTS), ("offset", offset), ("length", length)):
                tensor.external_data.add(key=key, value=str(value))
    if not (into / WEIGHTS).stat().st_size:
        (into / WEIGHTS).unlink()
    nodes = [*widened, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    _without_comments(graph)
    for name in ("doc_string", "metadata_props"):
        written.ClearField(name)
    written.producer_name, written.producer_version = "jettison", __version__
    if written.ByteSize() > _LARGEST_BYTES:
        raise GraphRefused("with its weights in one file it has more than 2 GB")
    (into / MODEL).write_bytes(written.SerializeToString())


def _without_comments(graph: onnx.GraphProto) -> None:
    """Exporters write stack traces of the model's code into every node; nothing computes with them."""
    for part in (graph, *graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    for node in graph.node:
        for attribute in node.attribute:
            attribute.ClearField("doc_string")
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                _without_comments(inner)


def write_manifest(
    into: Path, *, entries: Mapping[str, Any], form: str, model: onnx.ModelProto, canary: Mapping[str, Any]
) -> None:
    """The last file of the folder, over everything else.

    :param entries: ``name``, and for a task of its own ``task`` and what its ``config`` has to say.
    """
    from jettison_runtime import manifest as manifests

    manifest = {
        "format": manifests.FORMAT,
        "name": entries["name"],
        "task": entries.get("task", TASK),
        "architecture": "graph",
        "form": form,
        "written_by": f"jettison {__version__}",
        "runtime": _RUNTIME,
        "files": {
            file.name: {"sha256": file_digest(file), "size_bytes": file.stat().st_size}
            for file in sorted(into.iterdir())
            if file.is_file()
        },
        "graph": {},
        "generation": {},
        "config": {
            **entries.get("config", {}),
            "inputs": described(model.graph.input),
            "outputs": described(model.graph.output),
        },
        "tokenizer": {},
        "canary": canary,
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (into / "manifest.json").write_text(text + "\n", encoding="utf-8")


def described(values: Sequence[onnx.ValueInfoProto]) -> list[dict[str, Any]]:
    """Inputs or outputs as the manifest lists them."""
    from onnx import helper

    found = []
    for value in values:
        kind = value.type.tensor_type
        dtype = str(helper.tensor_dtype_to_np_dtype(kind.elem_type))
        shape = [size.dim_value or size.dim_param or f"{value.name}_{i}" for i, size in enumerate(kind.shape.dim)]
        found.append({"name": value.name, "dtype": dtype, "shape": shape})
    return found


def canary_question(feed: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """A question of the sizes and between the bounds of a sample."""
    return {
        name: {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "low": float(array.min()) if array.size else 0.0,
            "high": float(array.max()) if array.size else 0.0,
        }
        for name, array in feed.items()
    }
