"""A model's tokenizer: one file that works without transformers, and the settings that transformers keeps beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable, TokenizerMissing, UnsupportedModel

from . import sentencepiece
from .json_files import json_object

_SPECIAL = ("pad_token", "eos_token", "unk_token")
_OF_T5 = (None, "T5Tokenizer", "T5TokenizerFast")
"""Tokenizer classes with names for the special tokens of their own; a T5 folder that names no class means them too."""


def tokenizer_json(folder: Path) -> str:
    """The content of tokenizer.json, made from spiece.model where the folder has that alone.

    :raises ModelUnreadable: a damaged file.
    :raises TokenizerMissing: there is neither.
    :raises UnsupportedModel: a tokenizer without a form that works without transformers.
    """
    file, pieces = folder / "tokenizer.json", folder / "spiece.model"
    if file.is_file():
        try:
            return file.read_text(encoding="utf-8")
        except UnicodeDecodeError as cause:
            raise ModelUnreadable("tokenizer.json is no text", where=str(file), next_step="copy it again") from cause
    settings = _stated(folder)
    if settings.get("tokenizer_class") == "ByT5Tokenizer":
        raise UnsupportedModel(
            "the tokenizer of ByT5 has no form that works without transformers",
            where=str(folder),
            next_step="the service can still be packed with CPU torch",
        )
    if pieces.is_file() and settings.get("tokenizer_class") in _OF_T5:
        if (folder / "added_tokens.json").is_file():
            settings = {**settings, "added_tokens_decoder": _added(folder, settings)}
        return sentencepiece.tokenizer_json(pieces, settings)
    raise TokenizerMissing(
        "the model has no tokenizer.json",
        where=str(folder),
        next_step="save it beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(folder)",
    )


def tokenizer_settings(folder: Path) -> dict[str, Any]:
    """Special tokens by name, the length limit, the sides of padding and truncation."""
    settings = _stated(folder)
    kept = {name: settings[name] for name in (*_SPECIAL, "model_max_length") if name in settings}
    for name in ("padding_side", "truncation_side", "clean_up_tokenization_spaces"):
        if name in settings:
            kept[name] = settings[name]
    if settings.get("tokenizer_class") in _OF_T5:
        kept = {**sentencepiece.NAMES, **kept}
    for name in _SPECIAL:
        if isinstance(kept.get(name), dict):
            kept[name] = kept[name]["content"]
    limit = kept.get("model_max_length")
    if not isinstance(limit, (int, float)) or limit >= 10**9:
        kept.pop("model_max_length", None)
    return kept


def _stated(folder: Path) -> dict[str, Any]:
    return {**json_object(folder / "special_tokens_map.json"), **json_object(folder / "tokenizer_config.json")}


def _added(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """added_tokens.json, where old versions kept the numbers of added tokens; newer ones repeat them with more."""
    old = json_object(folder / "added_tokens.json")
    newer = settings.get("added_tokens_decoder") or {}
    special = settings.get("additional_special_tokens") or ()
    plain = {str(number): {"content": text, "normalized": text not in special} for text, number in old.items()}
    return {**plain, **newer}
