"""A tokenizer.json from vocab.txt: WordPiece as transformers' fast tokenizers of BERT, DistilBERT and ELECTRA have it.

Source: Devlin et al. 2019, and the reading of ``do_lower_case``, ``strip_accents`` and ``tokenize_chinese_chars`` in
transformers' ``BertConverter``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jettison.errors import ModelUnreadable

_RULES = {
    "lowercase": "do_lower_case",
    "strip_accents": "strip_accents",
    "handle_chinese_chars": "tokenize_chinese_chars",
}
"""Names in a tokenizer.json and in tokenizer_config.json."""
_NAMES = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}


def tokenizer_json(vocabulary: Path, settings: dict[str, Any]) -> str:
    """The content of tokenizer.json for a vocabulary with a token a line, and tokenizer_config.json's settings.

    :raises ModelUnreadable: the file is no text, or lacks a special token.
    """
    try:
        lines = vocabulary.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as cause:
        raise ModelUnreadable("vocab.txt is no text", where=str(vocabulary), next_step="copy it again") from cause
    numbers = {token: number for number, token in enumerate(lines[:-1] if not lines[-1] else lines)}
    special = {name: _content(settings.get(name), default) for name, default in _NAMES.items()}
    if lacking := [token for token in special.values() if token not in numbers]:
        raise ModelUnreadable(
            f"vocab.txt has no {lacking[0]}", where=str(vocabulary), next_step="copy the tokenizer's files again"
        )
    return json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                _added(numbers[token], token) for token in sorted(special.values(), key=numbers.__getitem__)
            ],
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": True,
                "handle_chinese_chars": settings.get("tokenize_chinese_chars", True),
                "strip_accents": settings.get("strip_accents"),
                "lowercase": settings.get("do_lower_case", True),
            },
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": _template(special["cls_token"], special["sep_token"], numbers),
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {
                "type": "WordPiece",
                "unk_token": special["unk_token"],
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": numbers,
            },
        },
        ensure_ascii=False,
    )


def with_settings(text: str, settings: dict[str, Any]) -> str:
    """A tokenizer.json with the rules for letters that tokenizer_config.json states: transformers follows that one."""
    try:
        whole = json.loads(text)
        normalizer = whole.get("normalizer") or {}
    except (ValueError, AttributeError):
        return text  # whoever loads it says what is wrong
    stated = {ours: settings[theirs] for ours, theirs in _RULES.items() if theirs in settings}
    if normalizer.get("type") != "BertNormalizer" or stated.items() <= normalizer.items():
        return text
    return json.dumps({**whole, "normalizer": {**normalizer, **stated}}, ensure_ascii=False)


def _content(stated: Any, default: str) -> str:
    return str(stated["content"] if isinstance(stated, dict) else stated or default)


def _added(number: int, token: str) -> dict[str, Any]:
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": token, **plain, "special": True}


def _template(first: str, last: str, numbers: dict[str, int]) -> dict[str, Any]:
    """``[CLS] A [SEP]`` and ``[CLS] A [SEP] B [SEP]``, the second text with type 1."""

    def special(token: str, kind: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": token, "type_id": kind}}

    def text(name: str, kind: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": kind}}

    single = [special(first, 0), text("A", 0), special(last, 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special(last, 1)],
        "special_tokens": {token: {"id": token, "ids": [numbers[token]], "tokens": [token]} for token in (first, last)},
    }
