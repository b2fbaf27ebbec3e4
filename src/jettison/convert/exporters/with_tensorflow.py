"""TensorFlow's models to ONNX: a frozen graph, a SavedModel, a Keras file. Also what they answer to samples.

A program for an environment of its own, started with the path of a job; never imported by us. Every kind becomes a
function, the function a frozen graph, the frozen graph ONNX (tf2onnx).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

OPSET = 17
Model = tuple[Any, list[str], list[str]]
"""A function, and the names of what it takes and gives, in its order."""


def main(path: str) -> int:
    """Do the job; a reason on the last line and 1 when the model is not what it is said to be."""
    job = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        model = LOADERS[job["kind"]](job["path"], job["tensors"])
    except (OSError, ValueError, TypeError, KeyError, tf.errors.OpError) as refused:
        return _refuse(f"TensorFlow cannot read it: {refused}")
    return _answer(job, *model) if job["do"] == "answer" else _export(job, *model)


def _frozen(path: str, tensors: list[str]) -> Model:
    """A GraphDef: placeholders are the inputs; the outputs what is asked for by name, else what nobody reads."""
    graph = tf.compat.v1.GraphDef()
    try:
        graph.ParseFromString(Path(path).read_bytes())
    except DecodeError as cause:
        raise ValueError("it is truncated, or no frozen graph") from cause
    _settle_defaults(graph, tensors)
    inputs = [node.name for node in graph.node if node.op == "Placeholder"]
    read = {name.split(":")[0].lstrip("^") for node in graph.node for name in node.input}
    idle = {"Const", "NoOp", "Assert", "Placeholder"}
    outputs = [node.name for node in graph.node if node.name not in read and node.op not in idle]
    given = {node.name for node in graph.node if node.op != "Placeholder"}
    outputs = [name.removesuffix(":0") for name in tensors if name.rpartition(":")[0] in given] or outputs
    if not inputs or not outputs:
        raise ValueError("it has no placeholder or no result")

    def imported() -> None:
        tf.graph_util.import_graph_def(graph, name="")

    whole = tf.compat.v1.wrap_function(imported, [])
    ends = [
        [whole.graph.get_tensor_by_name(name if ":" in name else f"{name}:0") for name in names]
        for names in (inputs, outputs)
    ]
    return whole.prune(*ends), inputs, outputs


def _settle_defaults(graph: Any, tensors: list[str]) -> None:
    """Inputs that have a default are inputs when the code speaks of them, and their default when it does not."""
    for node in graph.node:
        if node.op != "PlaceholderWithDefault":
            continue
        if f"{node.name}:0" in tensors:
            node.op = "Placeholder"
            del node.input[:]
        else:
            node.op = "Identity"
            node.attr["T"].CopyFrom(node.attr["dtype"])
            del node.attr["dtype"], node.attr["shape"]


def _saved(path: str, tensors: list[str]) -> Model:
    """A SavedModel: the signature for serving, or the only one."""
    model = tf.saved_model.load(path)
    found = dict(model.signatures)
    name = "serving_default" if "serving_default" in found else next(iter(found), None)
    if name is None:
        raise ValueError("it has no signature: save it with signatures=…")
    _KEPT.append(model)
    function = found[name]
    # A signature takes its arguments by name and gives a dictionary; both are flattened in the order of their names.
    return function, sorted(function.structured_input_signature[1]), sorted(function.structured_outputs)


def _keras(path: str, tensors: list[str]) -> Model:
    """A Keras file, .keras or .h5. Code that it may hold (Lambda) is not run."""
    model = tf.keras.models.load_model(path, compile=False, safe_mode=True)
    _KEPT.append(model)
    specs = [tf.TensorSpec(each.shape, each.dtype, name=f"input_{place}") for place, each in enumerate(model.inputs)]

    @tf.function  # type: ignore[untyped-decorator]
    def called(*arrays: Any) -> Any:
        return tf.nest.flatten(model(arrays[0] if len(arrays) == 1 else list(arrays), training=False))

    inputs = [each.name.partition(":")[0] for each in model.inputs]
    return called.get_concrete_function(*specs), inputs, list(model.output_names)


LOADERS = {"frozen graph": _frozen, "SavedModel": _saved, "Keras": _keras}
_KEPT: list[Any] = []
"""Models whose variables a function reads: it does not keep them alive itself."""


def _export(job: dict[str, Any], function: Any, inputs: list[str], outputs: list[str]) -> int:
    from tf2onnx import convert

    frozen = convert_variables_to_constants_v2(function, lower_control_flow=False)
    ins = [each.name for each in frozen.inputs if each.dtype != tf.resource]
    outs = [each.name for each in frozen.outputs]
    try:
        model, _ = convert.from_graph_def(frozen.graph.as_graph_def(), input_names=ins, output_names=outs, opset=OPSET)
    except (ValueError, KeyError, RuntimeError, NotImplementedError) as refused:
        return _refuse(f"tf2onnx cannot convert it: {refused}")
    _rename(model.graph, dict(zip([*ins, *outs], [*inputs, *outputs], strict=True)))
    Path(job["into"], "model.onnx").write_bytes(model.SerializeToString())
    return 0


def _rename(graph: Any, names: dict[str, str]) -> None:
    taken = {value for node in graph.node for value in (*node.input, *node.output)} - names.keys()
    names = {old: (new if new not in taken else f"{new}_") for old, new in names.items()}
    for value in (*graph.input, *graph.output):
        value.name = names.get(value.name, value.name)
    for node in graph.node:
        for each in (node.input, node.output):
            for place, name in enumerate(each):
                each[place] = names.get(name, name)


def _answer(job: dict[str, Any], function: Any, inputs: list[str], outputs: list[str]) -> int:
    """What the model itself gives to some rows, as jettison keeps answers."""
    arrays = {name: np.load(file, mmap_mode="r") for name, file in job["samples"].items()}
    kept = {}
    for row in job["rows"]:
        feed = {
            name: tf.constant(np.array(array[row] if array.ndim > job["ranks"][name] else array[row : row + 1]))
            for name, array in arrays.items()
        }
        if isinstance(function.structured_outputs, dict):
            found = function(**feed)
        else:
            found = dict(zip(outputs, function(*[feed[name] for name in inputs]), strict=True))
        kept.update({f"{row}:{name}": found[name].numpy() for name in outputs})
    np.savez(Path(job["into"], "answers.npz"), **kept)
    return 0


def _refuse(reason: str) -> int:
    sys.stdout.write(" ".join(reason.split())[:400] + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
