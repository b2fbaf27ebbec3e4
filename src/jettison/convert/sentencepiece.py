"""``spiece.model`` → the tokenizer.json that transformers 4 makes of it for T5.

transformers 5 splits at white space before it looks for pieces, which differs where a text has runs of white space
or white space that the model's own normalization leaves alone.
"""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

from jettison.checkpoints.sentencepiece import UNIGRAM, SentencePieceModel, sentencepiece_model
from jettison.errors import UnsupportedModel

_SPACE = "▁"
_EXTRA = "<extra_id_"
_EXTRA_IDS = 100
_VOCABULARY = "the vocabulary"
_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")
_NEXT = "save it as tokenizer.json beside the weights: AutoTokenizer.from_pretrained(…).save_pretrained(folder)"


def tokenizer_json(path: Path, settings: dict[str, Any]) -> str:
    """The tokenizer of a sentencepiece model.

    :param settings: of tokenizer_config.json and special_tokens_map.json.
    :raises ModelUnreadable: the file is damaged.
    :raises UnsupportedModel: another kind than Unigram, or added tokens that cannot be numbered as transformers does.
    """
    model = sentencepiece_model(path)
    if model.model_type != UNIGRAM:
        raise UnsupportedModel(
            "a T5 tokenizer is a Unigram model, and this is another kind", where=str(path), next_step=_NEXT
        )
    extra = _extra_tokens(settings, path)
    vocabulary = [(piece.text, piece.score) for piece in model.pieces]
    vocabulary += [(f"{_EXTRA}{number}>", 0.0) for number in range(extra - 1, -1, -1)]
    ids = {text: number for number, (text, _) in enumerate(vocabulary)}
    prefix = {"replacement": _SPACE, "prepend_scheme": "first" if settings.get("legacy") is False else "always"}
    text = json.dumps(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": _added(model, ids, extra, settings, path),
            "normalizer": _normalizer(model),
            "pre_tokenizer": {"type": "Metaspace", **prefix, "split": True},
            "post_processor": _ending(ids.get("</s>", model.unk_id)),
            "decoder": {"type": "Metaspace", **prefix, "split": True},
            "model": {"type": "Unigram", "unk_id": model.unk_id, "vocab": _VOCABULARY, "byte_fallback": False},
        },
        ensure_ascii=False,
    )
    listed = ",".join(f"[{json.dumps(text, ensure_ascii=False)},{_number(score)}]" for text, score in vocabulary)
    return text.replace(f'"{_VOCABULARY}"', f"[{listed}]")


def _number(score: float) -> str:
    """A score as digits that tokenizers reads back to the last bit, wherever there are such digits.

    Its parser takes the digits for a whole number and divides once, which loses bits of most numbers written as usual;
    and one bit decides between two ways to split a text that are equally likely.
    """
    for places in range(1, 20):
        scaled = abs(score) * 10.0**places
        step = max(1, int(math.ulp(scaled)))
        for whole in (round(scaled) + steps * step for steps in (0, 1, -1, 2, -2)):
            if 0 <= whole < 2**64 and float(whole) / 10.0**places == abs(score):
                return f"{'-' if score < 0 else ''}{whole}e-{places}"
    return repr(score)


def _extra_tokens(settings: dict[str, Any], path: Path) -> int:
    """How many sentinels follow the vocabulary."""
    count = int(settings.get("extra_ids", _EXTRA_IDS))
    named = [_content(token) for token in settings.get("additional_special_tokens") or ()]
    listed = [token for token in named if _EXTRA in token]
    if listed and len(listed) != count:
        raise UnsupportedModel(
            f"extra_ids is {count}, and additional_special_tokens has {len(listed)} of them",
            where=str(path),
            next_step=_NEXT,
        )
    return count


def _added(
    model: SentencePieceModel, ids: dict[str, int], extra: int, settings: dict[str, Any], path: Path
) -> list[dict[str, Any]]:
    """Tokens that are found in a text before anything else, by id."""
    found = {
        piece.text: _token(piece.text, special=piece.is_control)
        for piece in model.pieces
        if piece.is_control or piece.is_user_defined
    }
    for stated in (settings.get("added_tokens_decoder") or {}).values():
        found[stated["content"]] = {
            "content": stated["content"],
            **{name: bool(stated.get(name, False)) for name in _FLAGS},
        }
    named = [_content(settings.get(name, usual)) for name, usual in NAMES.items()]
    named += [_content(token) for token in settings.get("additional_special_tokens") or ()]
    for text in (*named, *(f"{_EXTRA}{number}>" for number in range(extra))):
        found.setdefault(text, _token(text, special=True))
        found[text]["special"] = True
    numbers = {
        str(each["content"]): int(number) for number, each in (settings.get("added_tokens_decoder") or {}).items()
    }
    for text in found:
        number = ids.setdefault(text, len(ids))
        if numbers.get(text, number) != number:
            raise UnsupportedModel(
                f"the token {text} is {numbers[text]} in tokenizer_config.json and would be {number}",
                where=str(path),
                next_step=_NEXT,
            )
    return sorted(({"id": ids[text], **token} for text, token in found.items()), key=lambda token: int(token["id"]))


NAMES = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
"""The special tokens of transformers' T5 tokenizers, where the folder does not say otherwise."""


def _token(text: str, *, special: bool) -> dict[str, Any]:
    return {"content": text, **dict.fromkeys(_FLAGS, False), "special": special}


def _content(token: Any) -> str:
    return str(token["content"] if isinstance(token, dict) else token)


def _normalizer(model: SentencePieceModel) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {"type": "Strip", "strip_left": False, "strip_right": True},
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": _SPACE},
    ]
    if model.charsmap:
        charsmap = base64.b64encode(model.charsmap).decode("ascii")
        steps.insert(0, {"type": "Precompiled", "precompiled_charsmap": charsmap})
    return {"type": "Sequence", "normalizers": steps}


def _ending(number: int) -> dict[str, Any]:
    """The end token after every sequence."""
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [first, end],
        "pair": [first, end, second, end],
        "special_tokens": {"</s>": {"id": "</s>", "ids": [number], "tokens": ["</s>"]}},
    }
