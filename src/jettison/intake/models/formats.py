"""Which format a model file has, by its first bytes and its size. Tensors are not read here."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

from ...checkpoints import opened, protobuf
from ...checkpoints.onnx_file import mapped
from ...errors import ModelUnreadable
from ...records import CheckpointFormat

_ONNX_FIELDS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26))
"""Field numbers of ModelProto (onnx.proto3)."""
_GRAPH_FIELDS = frozenset((1, 2, 3, 4))
"""Of TensorFlow's GraphDef (graph.proto): nodes, library, version, versions."""

SUFFIXES = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".h5", ".hdf5", ".keras", ".pb", ".pkl", ".pickle",
            ".joblib", ".tflite", ".gguf", ".ptl", ".model", ".npz", ".msgpack", ".mar")  # fmt: skip
"""Names of files that may hold a model."""


def is_pointer(path: Path) -> bool:
    """Whether Git LFS left only a pointer where the file should be."""
    return _first_bytes(path, 60).startswith(b"version https://git-lfs.github.com/spec/")


def file_format(path: Path) -> CheckpointFormat:  # noqa: PLR0911  (a kind of file each)
    """The format of a file; ``unknown`` when it is none of those that jettison knows.

    :raises ModelUnreadable: a safetensors or ONNX file that is cut off or damaged.
    """
    first = _first_bytes(path, 16)
    if path.suffix == ".safetensors":
        check_safetensors(path)
        return "safetensors"
    if first.startswith(b"PK\x03\x04"):
        return _zip_format(path)
    if first.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras" if path.suffix in (".h5", ".hdf5", ".keras") else "unknown"
    if path.suffix == ".onnx":
        _check_message(path, _ONNX_FIELDS, "ONNX model")
        return "onnx"
    if path.suffix == ".pb" and first[:1] == b"\x0a":  # the first field of a GraphDef is a node
        _check_message(path, _GRAPH_FIELDS, "frozen graph")
        return "frozengraph"
    # A pickle of torch's old kind begins with its magic number: protocol 2, then a long.
    if first.startswith((b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19",)) or _is_torch_pickle(path, first):
        return "pytorch"
    return "unknown"


def check_safetensors(path: Path) -> None:
    """Hold a safetensors file against its own header.

    :raises ModelUnreadable: it is cut off, or its header does not agree with its length.
    """
    opened(path)


def check_weights(path: Path, kind: CheckpointFormat) -> None:
    """Hold a file against the format that its name promises, as far as its first bytes and its directory tell.

    :raises ModelUnreadable: it is cut off, empty, or something else.
    """
    if kind == "safetensors":
        check_safetensors(path)
    elif kind in ("onnx", "pytorch") and file_format(path) == "unknown":
        raise _damaged(path, "it is no file of torch" if kind == "pytorch" else "it is no ONNX model")


def _damaged(path: Path, reason: str) -> ModelUnreadable:
    return ModelUnreadable(
        f"the model file is damaged: {reason}", where=str(path), next_step="copy or download it again, whole"
    )


def _first_bytes(path: Path, count: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError:
        return b""


def _zip_format(path: Path) -> CheckpointFormat:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:5000]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as cause:
        raise _damaged(path, "its archive is cut off") from cause
    tails = {name.partition("/")[2] for name in names} | {*names}
    if any(tail.startswith("code/") for tail in tails) and "constants.pkl" in tails:
        return "torchscript"
    if "data.pkl" in tails:
        return "pytorch"
    return "keras" if "model.weights.h5" in names and "config.json" in names else "unknown"


def _is_torch_pickle(path: Path, first: bytes) -> bool:
    return path.suffix in (".bin", ".pt", ".pth", ".ckpt") and first[:1] == b"\x80" and first[1:2] in (b"\x02", b"\x04")


def _check_message(path: Path, fields: Collection[int], what: str) -> None:
    """Walk over the outermost fields of a protobuf message; what is in them is stepped over.

    :raises ModelUnreadable: a field reaches beyond the end, or is none of such a message.
    """
    size = path.stat().st_size
    if size == 0:
        raise _damaged(path, "it is empty")
    try:
        with mapped(path) as raw:
            known = all(field.number in fields for field in protobuf.fields(raw))
    except protobuf.CutOff as cause:
        raise _damaged(path, f"it is cut off at {size} bytes") from cause
    except protobuf.Damaged:
        known = False
    if not known:
        raise _damaged(path, f"it is no {what}")
