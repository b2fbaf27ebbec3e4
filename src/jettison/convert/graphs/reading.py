"""An ONNX file as found: parsed and looked through, before any runtime sees it.

Nothing of it is executed here. What lies outside the file is named by the file itself, so where that may be is checked
before a byte of it is read.
"""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jettison.checkpoints.onnx_file import without_weights
from jettison.checkpoints.protobuf import Damaged
from jettison.errors import ModelMissing, ModelUnreadable, UnsafeModel, UnsupportedModel
from jettison.workspace import digest, file_digest

if TYPE_CHECKING:
    import onnx

_LARGEST_BYTES = 2**31 - 1
_START_BYTES = 64
_WHOLE = "copy the file again, whole"
_OTHERS = {
    b"PK\x03\x04": "a zip archive (a torch or Keras file?)",
    b"\x89HDF": "an HDF5 file (Keras?)",
    b"\x1f\x8b": "a gzip archive",
    b"\x80\x02": "a pickle",
}
_DTYPES = {
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
}
"""onnx.TensorProto.DataType → numpy, as far as a service can be asked with it."""


@dataclass(frozen=True, kw_only=True)
class Tensor:
    """One input or output of a graph."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    """A name where the graph leaves the size open."""


@dataclass(frozen=True, kw_only=True)
class GraphFile:
    """An ONNX file that may be given to a runtime."""

    path: Path
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int
    """Of ONNX's own operators."""
    external: tuple[Path, ...]
    """Files beside it that hold weights."""

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that decides what comes out."""
        return digest(file_digest(self.path), [file_digest(file) for file in self.external])

    @property
    def size_bytes(self) -> int:
        """With its weights."""
        return sum(file.stat().st_size for file in (self.path, *self.external))


def graph_file(path: Path) -> GraphFile:
    """Read an ONNX file and check where it says that its weights lie.

    :raises ModelMissing: there is no such file, or one that it names is missing.
    :raises ModelUnreadable: empty, truncated, or something else than ONNX.
    :raises UnsafeModel: weights outside of the file's folder, or behind a link.
    :raises UnsupportedModel: inputs or outputs that are no tensors of numbers, or a file over 2 GB.
    """
    model = _parsed(path)
    stored = {tensor.name for tensor in model.graph.initializer}
    return GraphFile(
        path=path,
        inputs=tuple(_tensor(value, path) for value in model.graph.input if value.name not in stored),
        outputs=tuple(_tensor(value, path) for value in model.graph.output),
        opset=next((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), 0),
        external=tuple(sorted(_external(model, path))),
    )


def _parsed(path: Path) -> onnx.ModelProto:
    """The file as a message without its weights: they are stepped over, or lie elsewhere."""
    import onnx
    from google.protobuf.message import DecodeError

    if not path.is_file():
        raise ModelMissing(f"{path} is not there", where=str(path), next_step="check the path")
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        raise UnsupportedModel(
            f"{path.name} has {size / 1e9:.1f} GB, and a protobuf message holds 2",
            where=str(path),
            next_step="save it with external data: onnx.save(model, path, save_as_external_data=True)",
        )
    with path.open("rb") as file:
        wrong = _wrong(file.read(_START_BYTES))
    model = onnx.ModelProto()
    if not wrong:
        try:
            model.ParseFromString(without_weights(path))
        except (DecodeError, Damaged):
            wrong = f"{path.name} is truncated or no ONNX file"
        else:
            if not model.graph.node or not model.opset_import or not model.graph.output:
                wrong = f"{path.name} holds no ONNX graph"
    if wrong:
        raise ModelUnreadable(wrong, where=str(path), next_step=_WHOLE)
    return model


def _wrong(start: bytes) -> str | None:
    if not start:
        return "the file is empty"
    if start.startswith(b"version https://git-lfs"):
        return "the file is a git-lfs pointer, not the model"
    return next((f"this is {what}, no ONNX file" for magic, what in _OTHERS.items() if start.startswith(magic)), None)


def _tensor(value: Any, path: Path) -> Tensor:
    kind = value.type.tensor_type
    dtype = _DTYPES.get(kind.elem_type) if value.type.HasField("tensor_type") else None
    if dtype is None:
        raise UnsupportedModel(
            f"{value.name} is no tensor of numbers",
            where=str(path),
            next_step="cut the graph there: onnx.utils.extract_model gives the part between named tensors",
        )
    if not kind.HasField("shape"):
        raise UnsupportedModel(
            f"{value.name} has no shape, not even how many dimensions it has",
            where=str(path),
            next_step="run onnx.shape_inference.infer_shapes over the model, or export it with shapes",
        )
    shape = tuple(
        size.dim_value
        if size.HasField("dim_value") and size.dim_value > 0
        else size.dim_param or f"{value.name}_{place}"
        for place, size in enumerate(kind.shape.dim)
    )
    return Tensor(name=value.name, dtype=dtype, shape=shape)


def tensors_of(graph: Any) -> Iterator[Any]:
    """Every stored tensor of a graph: initializers, constants and those of the graphs within."""
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs) if attribute.HasField("g") else attribute.graphs:
                yield from tensors_of(inner)


def _external(model: onnx.ModelProto, path: Path) -> set[Path]:
    """Files with weights, each looked at before it is read."""
    files = set()
    graphs = [model.graph, *model.functions]
    for tensor in (tensor for graph in graphs for tensor in _stored(graph)):
        if tensor.data_location != tensor.EXTERNAL:
            continue
        facts = {entry.key: entry.value for entry in tensor.external_data}
        location = facts.get("location", "")
        file = path.parent / location
        if not location or Path(location).is_absolute() or ".." in Path(location).parts or "\\" in location:
            raise UnsafeModel(
                f"the weights of {tensor.name!r} are said to lie at {location!r}, outside of the model's folder",
                where=str(path),
                next_step="save the model with its weights beside it",
            )
        files.add(_looked_at(file, tensor.name, facts, path))
    return files


def _stored(graph: Any) -> Iterator[Any]:
    """Also of a function, which has nodes and no initializers."""
    if hasattr(graph, "initializer"):
        yield from tensors_of(graph)
        return
    for node in graph.node:
        yield from (attribute.t for attribute in node.attribute if attribute.HasField("t"))


def _looked_at(file: Path, tensor: str, facts: dict[str, str], path: Path) -> Path:
    try:
        found = file.lstat()
        linked = any((path.parent / parent).is_symlink() for parent in file.relative_to(path.parent).parents)
    except OSError as cause:
        raise ModelMissing(
            f"the weights of {tensor!r} lie in {file.name}, which is not there",
            where=str(file),
            next_step="copy the model with all of its files",
        ) from cause
    if linked or not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise UnsafeModel(
            f"{file.name}, which holds weights, is a link or no plain file",
            where=str(file),
            next_step="put the file itself there",
        )
    try:
        end = int(facts.get("offset") or 0) + int(facts.get("length") or 0)
        negative = int(facts.get("offset") or 0) < 0 or int(facts.get("length") or 0) < 0
    except ValueError:
        negative, end = True, 0
    if negative or end > found.st_size or not os.access(file, os.R_OK):
        raise ModelUnreadable(
            f"{file.name} is too short for the weights of {tensor!r}", where=str(file), next_step=_WHOLE
        )
    return file
