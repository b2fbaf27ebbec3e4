"""``AutoTokenizer`` and the T5 tokenizers: the call, encode, decode, and the special tokens."""

from __future__ import annotations

import os
from collections import UserDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from jettison_runtime import manifest as manifests
from jettison_runtime.tensors import Tensor
from jettison_runtime.tokenization import UNLIMITED, TextTokenizer

from .location import check_options, folder_of

_TRUNCATION: Mapping[bool | str, str] = {
    True: "longest_first",
    False: "",
    "do_not_truncate": "",
    **{name: name for name in ("longest_first", "only_first", "only_second")},
}
_PADDING: Mapping[bool | str, str] = {
    True: "longest",
    False: "",
    "do_not_pad": "",
    **{name: name for name in ("longest", "max_length")},
}
"""What transformers takes for either option; empty: nothing is done."""


class BatchEncoding(UserDict[str, Any]):
    """What a tokenizer gives: a mapping with attribute access."""

    def __getattr__(self, name: str) -> Any:
        if name != "data" and name in self.data:
            return self.data[name]
        raise AttributeError(name)

    def to(self, *args: Any, **options: Any) -> BatchEncoding:
        """Already where it is needed."""
        return self


class PreTrainedTokenizerFast:
    """A tokenizer with transformers' signature."""

    def __init__(self, tokenizer: TextTokenizer) -> None:
        self._text = tokenizer
        self.backend_tokenizer = tokenizer.backend
        self.pad_token, self.eos_token, self.unk_token = tokenizer.pad_token, tokenizer.eos_token, tokenizer.unk_token
        self.pad_token_id = tokenizer.id_of(tokenizer.pad_token)
        self.eos_token_id = tokenizer.id_of(tokenizer.eos_token)
        self.unk_token_id = tokenizer.id_of(tokenizer.unk_token)
        unlimited = tokenizer.model_max_length >= UNLIMITED
        self.model_max_length = int(1e30) if unlimited else tokenizer.model_max_length
        self.padding_side = tokenizer.padding_side

    @property
    def text(self) -> TextTokenizer:
        """The tokenizer of the runtime itself."""
        return self._text

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any
    ) -> PreTrainedTokenizerFast:
        """The tokenizer of the converted model that stands for a path or a hub name."""
        check_options(options, {"model_max_length", "padding_side"})
        folder = folder_of(pretrained_model_name_or_path)
        settings = {**manifests.read(folder).tokenizer, **options}
        return cls(TextTokenizer(folder, settings))

    def __call__(  # noqa: PLR0913  (transformers' signature)
        self,
        text: str | Sequence[Any],
        text_pair: str | Sequence[str] | None = None,
        *,
        add_special_tokens: bool = True,
        padding: bool | str = False,
        truncation: bool | str | None = None,
        max_length: int | None = None,
        return_tensors: str | None = None,
        return_attention_mask: bool | None = None,
    ) -> BatchEncoding:
        """Token ids and attention mask of one text, or of several.

        :raises ValueError: tensors of rows of different lengths were asked for.
        """
        single = isinstance(text, str)
        pairs = text_pair if text_pair is None or not isinstance(text_pair, str) else [text_pair]
        texts: list[Any] = [text] if single else list(text)
        if pairs is not None:
            texts = list(zip(texts, pairs, strict=True))
        if truncation is None:
            # transformers truncates when a length is given and nothing else is said.
            truncation = max_length is not None and padding is False
        shortened = _named("truncation", truncation, _TRUNCATION)
        limit = (max_length or self.model_max_length) if shortened else None
        rows = self._text.encode(texts, limit=limit, special=add_special_tokens, shortened=shortened or "longest_first")
        ids, masks = self._padded(rows, padding, max_length)
        encoded: dict[str, Any] = {"input_ids": ids}
        if return_attention_mask is not False:
            encoded["attention_mask"] = masks
        if return_tensors is not None:
            encoded = {name: _tensor(values, return_tensors) for name, values in encoded.items()}
        elif single:
            encoded = {name: values[0] for name, values in encoded.items()}
        return BatchEncoding(encoded)

    def encode(self, text: str, text_pair: str | None = None, **options: Any) -> Any:
        """Token ids of one text: a list, or [1, length] with ``return_tensors``."""
        return self.encode_plus(text, text_pair, **options)["input_ids"]

    def encode_plus(self, text: str, text_pair: str | None = None, **options: Any) -> BatchEncoding:
        """The call for one text.

        :raises TypeError: several texts.
        """
        if not isinstance(text, str):
            raise TypeError(f"this takes one text, not {type(text).__name__}: call the tokenizer for several")
        return self(text, text_pair, **options)

    def batch_encode_plus(self, batch_text_or_text_pairs: Sequence[Any], **options: Any) -> BatchEncoding:
        """The call for several texts.

        :raises TypeError: one text.
        """
        if not isinstance(batch_text_or_text_pairs, list | tuple):
            raise TypeError(f"batch_encode_plus takes a list of texts, not {type(batch_text_or_text_pairs).__name__}")
        return self(batch_text_or_text_pairs, **options)

    def decode(
        self,
        token_ids: int | Iterable[Any] | Tensor,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
    ) -> str:
        """The text of token ids."""
        if np.ndim(np.asarray(token_ids)) > 1:
            raise TypeError("decode takes the ids of one text; batch_decode takes those of several")
        ids = [int(each) for each in np.asarray(token_ids).reshape(-1)]
        return self._text.decode(ids, skip_special=skip_special_tokens, clean_up=clean_up_tokenization_spaces)

    def batch_decode(
        self,
        sequences: Iterable[Any] | Tensor,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
    ) -> list[str]:
        """The texts of several rows of token ids."""
        return [self.decode(row, skip_special_tokens, clean_up_tokenization_spaces) for row in sequences]

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text, as strings, special ones left out."""
        return self._text.tokens(text)

    def convert_tokens_to_ids(self, tokens: str | Sequence[str]) -> Any:
        """Ids of tokens; the unknown token's id for those not in the vocabulary."""
        if isinstance(tokens, str):
            found = self._text.id_of(tokens)
            return self.unk_token_id if found is None else found
        return [self.convert_tokens_to_ids(token) for token in tokens]

    def convert_ids_to_tokens(self, ids: Any, skip_special_tokens: bool = False) -> Any:
        """Tokens of ids."""
        if not np.ndim(np.asarray(ids)):
            return self._text.backend.id_to_token(int(ids))
        special = self._text.special_ids() if skip_special_tokens else set()
        return [self._text.backend.id_to_token(int(each)) for each in ids if int(each) not in special]

    @property
    def vocab_size(self) -> int:
        """Tokens of the model, added ones left out."""
        return int(self._text.backend.get_vocab_size(with_added_tokens=False))

    def __len__(self) -> int:
        return int(self._text.backend.get_vocab_size(with_added_tokens=True))

    def _padded(
        self, rows: list[list[int]], padding: bool | str, max_length: int | None
    ) -> tuple[list[list[int]], list[list[int]]]:
        filled = _named("padding", padding, _PADDING)
        if not filled:
            return rows, [[1] * len(row) for row in rows]
        if self.pad_token_id is None:
            raise ValueError("asking to pad but the tokenizer does not have a padding token")
        if filled != "max_length":
            return self._text.padded(rows)
        length = max_length or self.model_max_length
        if length >= UNLIMITED:  # nothing to fill up to: transformers then does not pad at all
            return rows, [[1] * len(row) for row in rows]
        return self._text.padded(rows, length)


def _named(option: str, value: bool | str, known: Mapping[bool | str, str]) -> str:
    """The way that an option's value stands for; empty: not at all."""
    if value not in known:
        raise ValueError(f"{option}={value!r}: one of {', '.join(map(repr, known))} is meant")
    return known[value]


def _tensor(rows: list[list[int]], kind: str) -> Any:
    if kind not in ("pt", "np"):
        raise ValueError(f"return_tensors={kind!r}: jettison-runtime has 'pt' and 'np'")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows of different lengths make no tensor: ask for padding=True and truncation=True")
    array = np.array(rows, np.int64)
    return array if kind == "np" else Tensor(array)


AutoTokenizer = T5Tokenizer = T5TokenizerFast = PreTrainedTokenizerFast
"""One class for all: the folder says which tokenizer it is."""
