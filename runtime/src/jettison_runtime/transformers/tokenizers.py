"""``AutoTokenizer`` and the tokenizers of the families: the call, encode, decode, and the special tokens."""

from __future__ import annotations

import os
from collections import UserDict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jettison_runtime import manifest as manifests
from jettison_runtime.tensors import Tensor
from jettison_runtime.tokenization import UNLIMITED, TextTokenizer

from .location import check_options, folder_of

if TYPE_CHECKING:
    from tokenizers import Encoding

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
_TEXT_TO_TEXT = "text2text-generation"
_COLUMNS = {
    "input_ids": "ids",
    "token_type_ids": "type_ids",
    "attention_mask": "attention_mask",
    "special_tokens_mask": "special_tokens_mask",
    "offset_mapping": "offsets",
}
"""The columns of a tokenizer's answer, and where the library has them."""


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
        self.cls_token, self.sep_token, self.mask_token = tokenizer.cls_token, tokenizer.sep_token, tokenizer.mask_token
        self.bos_token = tokenizer.bos_token
        self.pad_token_id = tokenizer.id_of(tokenizer.pad_token)
        self.eos_token_id = tokenizer.id_of(tokenizer.eos_token)
        self.unk_token_id = tokenizer.id_of(tokenizer.unk_token)
        self.cls_token_id = tokenizer.id_of(tokenizer.cls_token)
        self.sep_token_id = tokenizer.id_of(tokenizer.sep_token)
        self.mask_token_id = tokenizer.id_of(tokenizer.mask_token)
        self.bos_token_id = tokenizer.id_of(tokenizer.bos_token)
        self.model_input_names = list(tokenizer.input_names)
        self.padding_side = tokenizer.padding_side

    @property
    def model_max_length(self) -> int:
        """How many tokens the model takes; to be set too. 10 ** 30 where nobody says."""
        own = self._text.model_max_length
        return int(1e30) if own >= UNLIMITED else own

    @model_max_length.setter
    def model_max_length(self, length: int) -> None:
        self._text.model_max_length = min(int(length), UNLIMITED)

    @property
    def text(self) -> TextTokenizer:
        """The tokenizer of the runtime itself."""
        return self._text

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any
    ) -> PreTrainedTokenizerFast:
        """The tokenizer of the converted model that stands for a path or a hub name."""
        lowers = options.pop("do_lower_case", None)
        check_options(options, {"model_max_length", "padding_side"})
        folder = folder_of(pretrained_model_name_or_path)
        manifest = manifests.read(folder)
        settings = {**manifest.tokenizer, **options}
        if manifest.task == _TEXT_TO_TEXT:  # no T5 takes types of tokens, though a tokenizer without a class gives them
            settings["model_input_names"] = ["input_ids", "attention_mask"]
        text = TextTokenizer(folder, settings)
        if lowers is not None and getattr(text.backend.normalizer, "lowercase", None) is not bool(lowers):
            raise ValueError(f"do_lower_case={lowers!r} is not what the tokenizer in {folder} was trained with")
        return cls(text)

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
        return_token_type_ids: bool | None = None,
        return_attention_mask: bool | None = None,
        return_special_tokens_mask: bool = False,
        return_offsets_mapping: bool = False,
    ) -> BatchEncoding:
        """Token ids, attention mask and (for models that have them) types of tokens of one text, or of several.

        :param text_pair: what stands behind each text in the same row: the context of a question, the other sentence.
        :raises ValueError: tensors of rows of different lengths were asked for.
        """
        single = isinstance(text, str)
        pairs = text_pair if text_pair is None or not isinstance(text_pair, str) else [text_pair]
        texts: list[Any] = [text] if single else [tuple(each) if isinstance(each, list) else each for each in text]
        if pairs is not None:
            texts = list(zip(texts, pairs, strict=True))
        if truncation is None:
            # transformers truncates when a length is given and nothing else is said.
            truncation = max_length is not None and padding is False
        shortened = _named("truncation", truncation, _TRUNCATION)
        limit = (max_length or self.model_max_length) if shortened else None
        rows = self._text.encodings(
            texts, limit=limit, special=add_special_tokens, shortened=shortened or "longest_first"
        )
        wanted = {
            "token_type_ids": return_token_type_ids,
            "attention_mask": return_attention_mask,
            "special_tokens_mask": return_special_tokens_mask,
            "offset_mapping": return_offsets_mapping,
        }
        names = [name for name, asked in wanted.items() if (name in self.model_input_names if asked is None else asked)]
        encoded = self._padded(rows, ["input_ids", *names], padding, max_length)
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
        self, rows: Sequence[Encoding], names: Sequence[str], padding: bool | str, max_length: int | None
    ) -> dict[str, Any]:
        """The named columns of each row, filled up to one length as it is asked for."""
        width = self._width(rows, padding, max_length)
        left = self.padding_side == "left"
        fillers = {"input_ids": self._text.pad_id, "special_tokens_mask": 1, "offset_mapping": (0, 0)}
        found: dict[str, Any] = {}
        for name in names:
            values = [list(getattr(row, _COLUMNS[name])) for row in rows]
            fills = [[fillers.get(name, 0)] * max(width - len(each), 0) for each in values]
            found[name] = [[*f, *v] if left else [*v, *f] for f, v in zip(fills, values, strict=True)]
        return found

    def _width(self, rows: Sequence[Encoding], padding: bool | str, max_length: int | None) -> int:
        """The length that shorter rows are filled up to; 0: none is."""
        filled = _named("padding", padding, _PADDING)
        if not filled:
            return 0
        if self.pad_token_id is None:
            raise ValueError("asking to pad but the tokenizer does not have a padding token")
        if filled != "max_length":
            return max((len(row.ids) for row in rows), default=0)
        length = max_length or self.model_max_length
        return 0 if length >= UNLIMITED else length  # nothing to fill up to: transformers then does not pad at all


def _named(option: str, value: bool | str, known: Mapping[bool | str, str]) -> str:
    """The way that an option's value stands for; empty: not at all."""
    if value not in known:
        raise ValueError(f"{option}={value!r}: one of {', '.join(map(repr, known))} is meant")
    return known[value]


def _tensor(rows: list[list[Any]], kind: str) -> Any:
    if kind not in ("pt", "np"):
        raise ValueError(f"return_tensors={kind!r}: jettison-runtime has 'pt' and 'np'")
    if len({len(row) for row in rows}) > 1:
        raise ValueError("rows of different lengths make no tensor: ask for padding=True and truncation=True")
    array = np.array(rows, np.int64)
    return array if kind == "np" else Tensor(array)


AutoTokenizer = PreTrainedTokenizerFast
"""One class for all: the folder says which tokenizer it is."""
OF_FAMILIES = {
    f"{family}Tokenizer{kind}": PreTrainedTokenizerFast
    for family in ("T5", "Bert", "DistilBert", "Roberta", "XLMRoberta", "Electra", "Albert")
    for kind in ("", "Fast")
}
"""``BertTokenizer``, ``BertTokenizerFast`` and the others."""
