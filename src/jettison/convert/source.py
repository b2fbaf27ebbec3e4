"""A trained model as found: a Hugging Face folder, read and checked before anything is converted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.checkpoints import Tensors, opened, weight_files
from jettison.errors import ModelMissing, ModelUnreadable, TokenizerMissing
from jettison.workspace import digest, file_digest

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
    """
    if not (folder / "config.json").is_file():
        raise ModelMissing(
            f"{folder} holds no model: there is no config.json",
            where=str(folder),
            next_step="give the folder that `save_pretrained` wrote",
        )
    config = _json(folder / "config.json")
    tensors = opened(folder)
    if not (folder / "tokenizer.json").is_file():
        raise TokenizerMissing(
            "the model has no tokenizer.json",
            where=str(folder),
            next_step="save it beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(folder)",
        )
    return Source(
        folder=folder,
        config=config,
        generation={k: v for k, v in _json(folder / "generation_config.json").items() if not k.startswith("_")},
        tokenizer=_tokenizer(folder),
        tensors=tensors,
    )


def _tokenizer(folder: Path) -> dict[str, Any]:
    settings = {**_json(folder / "special_tokens_map.json"), **_json(folder / "tokenizer_config.json")}
    kept = {name: settings[name] for name in (*_SPECIAL, "model_max_length") if name in settings}
    for name in ("padding_side", "truncation_side", "clean_up_tokenization_spaces"):
        if name in settings:
            kept[name] = settings[name]
    for name in _SPECIAL:
        if isinstance(kept.get(name), dict):
            kept[name] = kept[name]["content"]
    if kept.get("model_max_length", 0) >= 10**9:
        del kept["model_max_length"]
    return kept


def _json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as cause:
        raise ModelUnreadable(
            f"{path.name} is not JSON: {cause}", where=str(path), next_step="copy it again"
        ) from cause
    if not isinstance(value, dict):
        raise ModelUnreadable(f"{path.name} is not a JSON object", where=str(path), next_step="copy it again")
    return value
