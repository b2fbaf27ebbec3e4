"""A trained model as found: a Hugging Face folder, read and checked before anything is converted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.checkpoints import Tensors, opened, weight_files
from jettison.errors import ModelMissing
from jettison.workspace import digest, file_digest

from .generation import generation
from .json_files import json_object
from .tokenizer import tokenizer_json, tokenizer_settings


@dataclass(frozen=True, kw_only=True)
class Source:
    """Everything that a conversion reads."""

    folder: Path
    config: dict[str, Any]
    generation: dict[str, Any]
    tokenizer: dict[str, Any]
    """Special tokens by name, length limit, sides."""
    tokenizer_json: str
    """The tokenizer itself, as a tokenizer.json."""
    tensors: Tensors

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that decides what comes out."""
        weights = [file_digest(file) for file in weight_files(self.folder)]
        return digest(weights, self.config, self.generation, self.tokenizer, self.tokenizer_json)


def source(folder: Path) -> Source:
    """Read a model folder; the weights are only opened.

    :raises ModelMissing: no config.json or no weights.
    :raises ModelUnreadable: a damaged file.
    :raises UnsafeModel: a pickle that asks for more than tensors.
    :raises TokenizerMissing: neither tokenizer.json nor spiece.model.
    :raises UnsupportedModel: a tokenizer without such a file, or settings of generation that cannot be kept.
    """
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder} holds no model: there is no config.json",
            where=str(folder),
            next_step="give the folder that `save_pretrained` wrote",
        )
    config = json_object(folder / "config.json")
    tensors = opened(folder)
    return Source(
        folder=folder,
        config=config,
        generation=generation(folder, config),
        tokenizer=tokenizer_settings(folder),
        tokenizer_json=tokenizer_json(folder),
        tensors=tensors,
    )
