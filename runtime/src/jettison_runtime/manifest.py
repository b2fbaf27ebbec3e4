"""``manifest.json``: the contract between the tool that converts a model and the runtime that answers with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__
from .errors import ModelFolderError

NAME = "manifest.json"
FORMAT = 2
POINTER = b"jettison model folder: "
"""So begins a small file that stands where a network's single file was, and names the folder with the converted one."""


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself."""

    name: str
    """As the service's code names the model: a folder or a hub name."""
    task: str
    architecture: str
    form: str
    """``fp32``, ``int8-blocks``, …"""
    runtime: tuple[str, str]
    """The first version of the runtime that reads it, and the first that no longer does."""
    files: Mapping[str, tuple[str, int]]
    """sha256 and size in bytes of every other file."""
    graph: Mapping[str, int]
    """Sizes that whoever runs the graphs needs: of a generating model layers, heads, head_size, vocabulary and
    decode_limit; of an encoder vocabulary, positions (the longest input in tokens) and types."""
    generation: Mapping[str, Any]
    """generation_config.json, as trained; empty for a model that does not generate."""
    config: Mapping[str, Any]
    """config.json, as trained: for code that reads ``model.config``."""
    tokenizer: Mapping[str, Any]
    """Names of the special tokens and the length limit."""
    canary: Mapping[str, Any]
    """``input_ids`` and what they must give: ``output_ids``; or of an ``output`` its first ``values``, with the
    ``tolerance`` as a share of the largest of them."""
    embedding: Mapping[str, Any]
    """How sentences become vectors: ``pooling``, ``normalize``, ``max_length``; empty where the model does not say."""
    certificate: Mapping[str, Any]
    """Memory that serving it needs, and under which limits on requests that was measured
    (`serving.settings.CERTIFIED`); empty where nobody measured."""


def read(folder: Path) -> Manifest:
    """Read and check a folder's manifest; file sizes are compared, digests are not (see `verify`).

    :raises ModelFolderError: no manifest, another format or version, a missing or short file.
    """
    path = folder / NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw["format"] != FORMAT:
            raise ModelFolderError(f"{path} has format {raw['format']}, this runtime reads {FORMAT}: install another")
        manifest = Manifest(
            name=raw["name"],
            task=raw["task"],
            architecture=raw["architecture"],
            form=raw["form"],
            runtime=(raw["runtime"]["from"], raw["runtime"]["below"]),
            files={name: (entry["sha256"], int(entry["size_bytes"])) for name, entry in raw["files"].items()},
            graph=raw["graph"],
            generation=raw["generation"],
            config=raw["config"],
            tokenizer=raw["tokenizer"],
            canary=raw["canary"],
            embedding=raw.get("embedding", {}),
            certificate=raw.get("certificate", {}),
        )
    except FileNotFoundError as cause:
        raise ModelFolderError(f"{folder} is no converted model: it has no {NAME}; run `jettison convert`") from cause
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise ModelFolderError(f"{path} is damaged ({cause!r}): convert the model again") from cause
    lowest, below = manifest.runtime
    if not _numbers(lowest) <= _numbers(__version__) < _numbers(below):
        raise ModelFolderError(
            f"{folder} needs jettison-runtime >={lowest},<{below} and this is {__version__}: install one of those"
        )
    for name, (_, size) in manifest.files.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size:
            raise ModelFolderError(f"{file} is missing or truncated: copy the model folder again")
    return manifest


def opened(folder: Path, tasks: Sequence[str], *, verified: bool) -> Manifest:
    """The manifest of a folder that is to be loaded for one of some tasks.

    :param verified: compare every file with its digest first.
    :raises ModelFolderError: see `read` and `verify`; or the folder is for another task.
    """
    manifest = read(folder)
    if manifest.task not in tasks:
        raise ModelFolderError(f"{folder} holds a model for {manifest.task}, and this loads {', '.join(tasks)}")
    if verified:
        verify(folder, manifest)
    return manifest


def pointer(folder: str) -> str:
    """The content of a file that names a folder, by its absolute path."""
    return f"{POINTER.decode()}{folder}\n"


def verify(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its digest.

    :raises ModelFolderError: naming the first file that differs.
    """
    for name, (expected, _) in manifest.files.items():
        with (folder / name).open("rb") as file:
            total = hashlib.sha256()
            while piece := file.read(1 << 16):
                total.update(piece)
        if total.hexdigest() != expected:
            raise ModelFolderError(f"{folder / name} is corrupt (its digest differs): copy the model folder again")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())
