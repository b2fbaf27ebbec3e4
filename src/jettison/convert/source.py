"""A trained model as found: a Hugging Face folder, read and checked before anything is converted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.checkpoints import Tensors, opened, weight_files
from jettison.errors import ModelMissing
from jettison.workspace import digest, file_digest

from .embedding import transformer_folder
from .json_files import json_object
from .tokenizer import tokenizer_json, tokenizer_settings


@dataclass(frozen=True, kw_only=True)
class Source:
    """Everything that a conversion reads."""

    folder: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    """Special tokens by name, length limit, sides."""
    tokenizer_json: str
    """The tokenizer itself, as a tokenizer.json."""
    tensors: Tensors

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that decides what comes out."""
        weights = [file_digest(file) for file in weight_files(self.folder)]
        return digest(weights, self.config, self.tokenizer, self.tokenizer_json)

    @functools.cached_property
    def ends(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The special tokens before a text and behind it, as the tokenizer puts them around an empty one."""
        from jettison_runtime.tokenization import TextTokenizer

        tokenizer = TextTokenizer(self.folder, self.tokenizer, content=self.tokenizer_json)
        around = tokenizer.encode([""])[0]
        first = tokenizer.id_of(self.tokenizer.get("cls_token") or self.tokenizer.get("bos_token"))
        split = 1 if around[:1] == [first] else 0
        return tuple(around[:split]), tuple(around[split:])


def source(folder: Path) -> Source:
    """Read a model folder; the weights are only opened.

    :raises ModelMissing: no config.json or no weights.
    :raises ModelUnreadable: a damaged file.
    :raises UnsafeModel: a pickle that asks for more than tensors.
    :raises TokenizerMissing: neither tokenizer.json nor another file that it can be made from.
    :raises UnsupportedModel: a tokenizer without such a file.
    """
    folder = transformer_folder(folder)
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder} holds no model: there is no config.json",
            where=str(folder),
            next_step="give the folder that `save_pretrained` wrote",
        )
    config = json_object(folder / "config.json")
    tensors = opened(folder)
    model_type = str(config.get("model_type"))
    return Source(
        folder=folder,
        config=config,
        tokenizer=tokenizer_settings(folder, model_type),
        tokenizer_json=tokenizer_json(folder, model_type),
        tensors=tensors,
    )
