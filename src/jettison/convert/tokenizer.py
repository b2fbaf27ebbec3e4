"""A model's tokenizer: one file that works without transformers, and the settings that transformers keeps beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable, TokenizerMissing, UnsupportedModel

from . import sentencepiece, wordpiece
from .json_files import json_object

_SPECIAL = ("pad_token", "eos_token", "unk_token", "bos_token", "cls_token", "sep_token", "mask_token")
_BERT = {name: f"[{name[:-6].upper()}]" for name in ("unk_token", "sep_token", "pad_token", "cls_token", "mask_token")}
_ROBERTA = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "cls_token": "<s>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}
_TYPED = ["input_ids", "token_type_ids", "attention_mask"]
_UNTYPED = ["input_ids", "attention_mask"]
_CLASSES: dict[str, dict[str, Any]] = {
    "T5Tokenizer": sentencepiece.NAMES,
    "BertTokenizer": {**_BERT, "model_input_names": _TYPED},
    "ElectraTokenizer": {**_BERT, "model_input_names": _TYPED},
    "DistilBertTokenizer": {**_BERT, "model_input_names": _UNTYPED},
    "RobertaTokenizer": {**_ROBERTA, "model_input_names": _UNTYPED},
    "XLMRobertaTokenizer": {**_ROBERTA, "model_input_names": _UNTYPED},
    "CamembertTokenizer": {**_ROBERTA, "model_input_names": _UNTYPED},
    "AlbertTokenizer": {
        **{**_BERT, "unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "[CLS]", "eos_token": "[SEP]"},
        "model_input_names": _TYPED,
    },
    "PreTrainedTokenizer": {"model_input_names": _TYPED},
}
"""What transformers' tokenizer classes take for what a folder does not say; ``…Fast`` takes the same."""
_MEANT = {
    "t5": "T5Tokenizer",
    "bert": "BertTokenizer",
    "distilbert": "DistilBertTokenizer",
    "electra": "ElectraTokenizer",
    "albert": "AlbertTokenizer",
    "roberta": "RobertaTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
    "camembert": "CamembertTokenizer",
}
"""The class that a folder means which names none, by its model_type."""
_SIDES = ("padding_side", "truncation_side", "clean_up_tokenization_spaces")
_WORDPIECES = ("BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer")


def tokenizer_json(folder: Path, model_type: str = "t5") -> str:
    """The content of tokenizer.json, made from spiece.model or vocab.txt where the folder has that alone.

    :raises ModelUnreadable: a damaged file.
    :raises TokenizerMissing: there is neither.
    :raises UnsupportedModel: a tokenizer without a form that works without transformers.
    """
    file, pieces = folder / "tokenizer.json", folder / "spiece.model"
    settings = _stated(folder)
    if file.is_file():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as cause:
            raise ModelUnreadable("tokenizer.json is no text", where=str(file), next_step="copy it again") from cause
        return wordpiece.with_settings(text, settings) if _class(settings, model_type) in _WORDPIECES else text
    if settings.get("tokenizer_class") == "ByT5Tokenizer":
        raise UnsupportedModel(
            "the tokenizer of ByT5 has no form that works without transformers",
            where=str(folder),
            next_step="the service can still be packed with CPU torch",
        )
    named = _class(settings, model_type)
    if named in _WORDPIECES and (folder / "vocab.txt").is_file():
        return wordpiece.tokenizer_json(folder / "vocab.txt", settings)
    if pieces.is_file() and named == "T5Tokenizer":
        if (folder / "added_tokens.json").is_file():
            settings = {**settings, "added_tokens_decoder": _added(folder, settings)}
        return sentencepiece.tokenizer_json(pieces, settings)
    raise TokenizerMissing(
        "the model has no tokenizer.json",
        where=str(folder),
        next_step="save it beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(folder)",
    )


def tokenizer_settings(folder: Path, model_type: str = "t5") -> dict[str, Any]:
    """Special tokens by name, the length limit, the sides of padding and truncation, what the model is given."""
    settings = _stated(folder)
    kept = dict(_CLASSES.get(_class(settings, model_type), {}))
    for name in (*_SPECIAL, "model_max_length", "model_input_names", *_SIDES):
        if settings.get(name) is not None:
            kept[name] = settings[name]
    for name in _SPECIAL:
        if isinstance(kept.get(name), dict):
            kept[name] = kept[name]["content"]
    limit = kept.get("model_max_length")
    if not isinstance(limit, (int, float)) or limit >= 10**9:
        kept.pop("model_max_length", None)
    return kept


def _class(settings: dict[str, Any], model_type: str) -> str:
    """The tokenizer's class, stated or meant, without ``Fast``."""
    stated = settings.get("tokenizer_class") or _MEANT.get(model_type, "")
    return str(stated).removesuffix("Fast")


def _stated(folder: Path) -> dict[str, Any]:
    return {**json_object(folder / "special_tokens_map.json"), **json_object(folder / "tokenizer_config.json")}


def _added(folder: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """added_tokens.json, where old versions kept the numbers of added tokens; newer ones repeat them with more."""
    old = json_object(folder / "added_tokens.json")
    newer = settings.get("added_tokens_decoder") or {}
    special = settings.get("additional_special_tokens") or ()
    plain = {str(number): {"content": text, "normalized": text not in special} for text, number in old.items()}
    return {**plain, **newer}
