"""Trained weights by name, read from disk without torch and without running anything that they carry.

``opened(path)`` takes a Hugging Face folder or a single weights file and gives back `Tensors`. Nothing is
held in memory: every tensor is read (or mapped) when it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ModelMissing, ModelUnreadable

from . import safetensors, torch_pickle
from .tensors import Tensors

if TYPE_CHECKING:
    from .tensors import Shard

__all__ = ["Tensors", "opened", "weight_files"]

_WHOLE = ("model.safetensors", "pytorch_model.bin")
_SHARDED = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


def opened(path: Path) -> Tensors:
    """The tensors of a model folder or of one weights file.

    :raises ModelMissing: the folder holds no weights.
    :raises ModelUnreadable: a file is truncated or of no known form; a shard is missing.
    :raises UnsafeModel: a pickle asks for more than tensors.
    """
    return Tensors(shards=tuple(_shard(file) for file in weight_files(path)))


def weight_files(path: Path) -> tuple[Path, ...]:
    """The files that hold the weights; safetensors is preferred where a folder has both forms.

    :raises ModelMissing: there are none.
    :raises ModelUnreadable: the index of a sharded model names files that are not there.
    """
    if path.is_file():
        return (path,)
    for whole, index in zip(_WHOLE, _SHARDED, strict=True):
        if (path / whole).is_file():
            return (path / whole,)
        if (path / index).is_file():
            return _indexed(path / index)
    raise ModelMissing(
        "no weights in this model folder",
        where=str(path),
        next_step=f"put {' or '.join(_WHOLE)} there (`save_pretrained` of transformers writes it)",
    )


def _indexed(index: Path) -> tuple[Path, ...]:
    import json

    try:
        names = sorted(set(json.loads(index.read_text())["weight_map"].values()))
        files = tuple(index.parent / name for name in names)
    except (ValueError, KeyError, AttributeError, TypeError) as cause:
        raise ModelUnreadable(
            "the index of a sharded model cannot be read", where=str(index), next_step="copy the model again"
        ) from cause
    if missing := [file.name for file in files if not file.is_file() or file.parent != index.parent]:
        raise ModelUnreadable(
            f"{len(missing)} of {len(files)} shards are missing: {', '.join(missing[:3])}",
            where=str(index.parent),
            next_step="copy the missing files; all of them are needed",
        )
    return files


def _shard(file: Path) -> Shard:
    read = safetensors.shard if file.suffix == ".safetensors" else torch_pickle.shard
    return read(file)
