"""Models as they lie on disk: folders of the Hugging Face kind, single files, SavedModel folders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...checkpoints import weight_files
from ...errors import TokenizerMissing
from ...records import Checkpoint, CheckpointFormat
from .formats import check_weights, file_format, is_pointer

_TOKENIZER_FILES = ("tokenizer.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "vocab.txt",
                    "vocab.json", "source.spm", "vocab.bpe", "dict.txt", "bpe.codes", "tokenizer.tiktoken")  # fmt: skip
_BYTE_TOKENIZERS = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")
"""Tokenizers without a vocabulary."""
_WEIGHTS: tuple[tuple[str, CheckpointFormat], ...] = (
    ("model.safetensors", "safetensors"),
    ("model.safetensors.index.json", "safetensors"),
    ("pytorch_model.bin", "pytorch"),
    ("pytorch_model.bin.index.json", "pytorch"),
    ("model.onnx", "onnx"),
    ("onnx/model.onnx", "onnx"),
    ("tf_model.h5", "keras"),
)
"""Weight files of a Hugging Face folder, in the order in which transformers would take them."""
_WITHOUT_TEXT = (
    *("vit", "resnet", "convnext", "deit", "swin", "beit", "detr", "yolos", "mobilenet", "efficientnet", "segformer"),
    *("wav2vec2", "hubert", "audio-spectrogram-transformer", "timm_wrapper", "dinov2", "depth_anything"),
)  # fmt: skip
"""Beginnings of architectures that take pictures or sound."""


@dataclass(frozen=True, kw_only=True)
class ModelOnDisk:
    """What is known of a model from its files."""

    path: Path
    format: CheckpointFormat
    architecture: str | None
    size_bytes: int
    tokenizer: Path | None
    samples: bool = False
    beside: tuple[Path, ...] = ()


def model_at(path: Path, notes: list[str]) -> ModelOnDisk | None:
    """The model in a folder or file; None when there is none.

    :raises ModelUnreadable: a safetensors or ONNX file that is damaged, or a shard that is missing.
    """
    if path.is_dir():
        return _in_folder(path, notes)
    if not path.is_file():
        return None
    if is_pointer(path):
        notes.append(f"{path.name} is only a Git LFS pointer: `git lfs pull` brings the file")
        return None
    neighbours = path.parent if tokenizer_in(path.parent) else None
    architecture = _model_type(path.parent)
    kind = file_format(path)
    names = (f"{path.name}.data", f"{path.name}_data", f"{path.stem}.data", f"{path.stem}.weights")
    beside = tuple(file for name in names if kind == "onnx" and (file := path.with_name(name)).is_file())
    return ModelOnDisk(
        path=path,
        format=kind,
        architecture=architecture,
        size_bytes=sum(file.stat().st_size for file in (path, *beside)),
        tokenizer=neighbours,
        beside=beside,
    )


def is_model_folder(path: Path) -> bool:
    """Whether a folder holds a model of the Hugging Face kind, whole or as pointers, or a SavedModel."""
    if (path / "saved_model.pb").is_file():
        return True
    if (path / "modules.json").is_file():
        return True
    return _model_type(path) is not None and any((path / name).is_file() for name, _ in _WEIGHTS)


def _in_folder(path: Path, notes: list[str]) -> ModelOnDisk | None:
    if (path / "saved_model.pb").is_file():
        return ModelOnDisk(path=path, format="savedmodel", architecture=None, size_bytes=_size(path), tokenizer=None)
    inner = path
    if (path / "modules.json").is_file():  # sentence-transformers: the network may lie one folder down
        inner = _transformer_of(path) or path
    found = next(((inner / name, kind) for name, kind in _WEIGHTS if (inner / name).is_file()), None)
    if found is None or (_model_type(inner) is None and not (path / "modules.json").is_file()):
        return None
    file, kind = found
    files = weight_files(inner) if kind in ("safetensors", "pytorch") else (file,)
    pointer = next((each for each in files if is_pointer(each)), None)
    if pointer is not None:
        notes.append(f"{pointer.name} in {path.name} is only a Git LFS pointer: `git lfs pull` brings the file")
        return None
    for each in files:
        check_weights(each, kind)
    tokenizer = next((each for each in (path, inner) if tokenizer_in(each)), None)
    return ModelOnDisk(
        path=path,
        format=kind,
        architecture=_model_type(inner),
        size_bytes=_size(path),
        tokenizer=tokenizer,
        samples=_samples(inner),
    )


def tokenizer_in(folder: Path) -> bool:
    """Whether a folder holds what a tokenizer needs."""
    if any((folder / name).is_file() for name in _TOKENIZER_FILES):
        return True
    return _json(folder / "tokenizer_config.json").get("tokenizer_class") in _BYTE_TOKENIZERS


def tokenizer_folder(checkpoint: Checkpoint) -> Path | None:
    """The folder with the tokenizer of a text model; None for a model that takes no text.

    :raises TokenizerMissing: a text model without one.
    """
    if checkpoint.tokenizer is not None:
        return checkpoint.tokenizer
    if checkpoint.architecture is None or checkpoint.architecture.startswith(_WITHOUT_TEXT):
        return None
    raise TokenizerMissing(
        f"the model {checkpoint.name} has no tokenizer beside it",
        where=str(checkpoint.path or checkpoint.place),
        next_step="save it there: tokenizer.save_pretrained(folder) writes tokenizer.json",
    )


def _transformer_of(path: Path) -> Path | None:
    listed = _any_json(path / "modules.json")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and str(each.get("type", "")).endswith(".Transformer"):
            inner = path / str(each.get("path", ""))
            return inner if inner.is_dir() and inner.resolve().is_relative_to(path.resolve()) else None
    return None


def _model_type(folder: Path) -> str | None:
    found = _json(folder / "config.json").get("model_type")
    return found if isinstance(found, str) else None


def _samples(folder: Path) -> bool:
    """``do_sample`` in any of the places where transformers finds a model's own generation settings."""
    config = _json(folder / "config.json")
    tasks = config.get("task_specific_params")
    places = (_json(folder / "generation_config.json"), config, *(tasks.values() if isinstance(tasks, dict) else ()))
    return any(isinstance(each, dict) and bool(each.get("do_sample")) for each in places)


def _json(path: Path) -> dict[str, Any]:
    found = _any_json(path)
    return found if isinstance(found, dict) else {}


def _any_json(path: Path) -> Any:
    try:
        if path.stat().st_size > 50_000_000:
            return None
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _size(folder: Path) -> int:
    """Bytes of all files below; a link counts what it leads to, once."""
    seen: dict[tuple[int, int], int] = {}
    for each in folder.rglob("*"):
        try:
            status = each.stat()
        except OSError:
            continue
        if each.is_file():
            seen[status.st_dev, status.st_ino] = status.st_size
    return sum(seen.values())
