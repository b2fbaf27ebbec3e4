"""A trained model as found: a Hugging Face folder, read and checked before anything is converted."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.checkpoints import Tensors, opened, weight_files
from jettison.errors import ModelMissing, TokenizerMissing, UnsupportedModel
from jettison.workspace import digest, file_digest

from .generation import generation
from .json_files import json_object

_SPECIAL = ("pad_token", "eos_token", "unk_token")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Everything that a conversion reads."""

    folder: Path
    config: dict[str, Any]
    generation: dict[str, Any]
    tokenizer: dict[str, Any]
    """Special tokens by name, length limit, sides."""
    tensors: Tensors

    @property
    def tokenizer_file(self) -> Path:
        """The tokenizer itself."""
        return self.folder / "tokenizer.json"

    @functools.cached_property
    def digest(self) -> str:
        """Of everything that decides what comes out."""
        weights = [file_digest(file) for file in weight_files(self.folder)]
        return digest(weights, self.config, self.generation, self.tokenizer, self.tokenizer_file)


def source(folder: Path) -> Source:
    """Read a model folder; the weights are only opened.

    :raises ModelMissing: no config.json or no weights.
    :raises ModelUnreadable: a damaged file.
    :raises UnsafeModel: a pickle that asks for more than tensors.
    :raises TokenizerMissing: no tokenizer.json.
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
    if not (folder / "tokenizer.json").is_file():
        if _is_bytes(folder):
            raise UnsupportedModel(
                "the tokenizer of ByT5 has no form that works without transformers",
                where=str(folder),
                next_step="the service can still be packed with CPU torch",
            )
        raise TokenizerMissing(
            "the model has no tokenizer.json",
            where=str(folder),
            next_step="save it beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(folder)",
        )
    return Source(
        folder=folder,
        config=config,
        generation=generation(folder, config),
        tokenizer=_tokenizer(folder),
        tensors=tensors,
    )


def _is_bytes(folder: Path) -> bool:
    """The tokenizer is ByT5's, which never writes a tokenizer.json."""
    return json_object(folder / "tokenizer_config.json").get("tokenizer_class") == "ByT5Tokenizer"


def _tokenizer(folder: Path) -> dict[str, Any]:
    settings = {**json_object(folder / "special_tokens_map.json"), **json_object(folder / "tokenizer_config.json")}
    kept = {name: settings[name] for name in (*_SPECIAL, "model_max_length") if name in settings}
    for name in ("padding_side", "truncation_side", "clean_up_tokenization_spaces"):
        if name in settings:
            kept[name] = settings[name]
    for name in _SPECIAL:
        if isinstance(kept.get(name), dict):
            kept[name] = kept[name]["content"]
    limit = kept.get("model_max_length")
    if not isinstance(limit, (int, float)) or limit >= 10**9:
        kept.pop("model_max_length", None)
    return kept
