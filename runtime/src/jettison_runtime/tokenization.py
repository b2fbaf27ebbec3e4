"""Text to token ids and back: ``tokenizer.json`` with the meaning that transformers gives it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelFolderError

if TYPE_CHECKING:
    from tokenizers import Encoding

UNLIMITED = 10**9
"""From here on a length limit means none; transformers writes 10 ** 30."""


class TextTokenizer:
    """A tokenizer with the special tokens and the length limit of one model."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], *, content: str | None = None) -> None:
        """Read the tokenizer of a folder, or of the given content of its tokenizer.json.

        :raises ModelFolderError: the file is missing or damaged.
        """
        from tokenizers import Tokenizer  # where no text is read, it is not installed

        path = folder / "tokenizer.json"
        try:
            self.backend = Tokenizer.from_file(str(path)) if content is None else Tokenizer.from_str(content)
        # The library raises a bare Exception for a missing or damaged file.
        except Exception as cause:
            raise ModelFolderError(f"{path} is missing or damaged ({cause}): copy the model folder again") from cause
        self.backend.no_padding()
        self._turn = threading.Lock()
        self.pad_token: str | None = settings.get("pad_token")
        self.eos_token: str | None = settings.get("eos_token")
        self.unk_token: str | None = settings.get("unk_token")
        self.bos_token: str | None = settings.get("bos_token")
        self.cls_token: str | None = settings.get("cls_token")
        self.sep_token: str | None = settings.get("sep_token")
        self.mask_token: str | None = settings.get("mask_token")
        self.input_names: tuple[str, ...] = tuple(settings.get("model_input_names") or ("input_ids", "attention_mask"))
        self.padding_side: str = settings.get("padding_side", "right")
        self.truncation_side: str = settings.get("truncation_side", "right")
        self.model_max_length: int = int(settings.get("model_max_length") or UNLIMITED)
        self.clean_up: bool = bool(settings.get("clean_up_tokenization_spaces", False))

    def id_of(self, token: str | None) -> int | None:
        """The id of a token; None for none or an unknown one."""
        return None if token is None else self.backend.token_to_id(token)

    def token_of(self, number: int) -> str | None:
        """The token of an id; None for an id that is none."""
        token: str | None = self.backend.id_to_token(number)
        return token

    @property
    def pad_id(self) -> int:
        """The id that fills short rows; 0 when the model names none."""
        return self.id_of(self.pad_token) or 0

    def encode(
        self,
        texts: Sequence[str | tuple[str, str]],
        *,
        limit: int | None = None,
        special: bool = True,
        shortened: str = "longest_first",
    ) -> list[list[int]]:
        """Token ids of each text, truncated to `limit` tokens with the special ones kept.

        :param shortened: which text of a pair loses tokens: ``longest_first``, ``only_first`` or ``only_second``.
        """
        return [list(each.ids) for each in self.encodings(texts, limit=limit, special=special, shortened=shortened)]

    def encodings(
        self,
        texts: Sequence[str | tuple[str, str]],
        *,
        limit: int | None = None,
        special: bool = True,
        shortened: str = "longest_first",
        stride: int = 0,
    ) -> list[Encoding]:
        """What the tokenizers library knows of each text: ids, types, offsets, words; see `encode`.

        :param stride: how many tokens the parts that were cut off (``overflowing``) share with their neighbours.
        :raises ValueError: a limit that leaves no room for the text, or none for what is not repeated.
        """
        # The library keeps truncation as state of the tokenizer, and a server has threads.
        with self._turn:
            if limit is None or limit >= UNLIMITED:
                self.backend.no_truncation()
            else:
                self.backend.enable_truncation(limit, stride=stride, strategy=shortened, direction=self.truncation_side)
            if len(texts) == 1:  # a batch would start the library's pool of threads
                text, pair = (texts[0], None) if isinstance(texts[0], str) else texts[0]
                return [self.backend.encode(text, pair, add_special_tokens=special)]
            return list(self.backend.encode_batch(list(texts), add_special_tokens=special))

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, as strings, none left out and no special ones added."""
        with self._turn:
            self.backend.no_truncation()
            return list(self.backend.encode(text, add_special_tokens=False).tokens)

    def joined(self, tokens: Sequence[str]) -> str:
        """The text of tokens, special ones among them."""
        decoder = self.backend.decoder
        return " ".join(tokens) if decoder is None else str(decoder.decode(list(tokens)))

    def special_ids(self) -> set[int]:
        """Ids of all special tokens, those that were added among them."""
        added = {number for number, token in self.backend.get_added_tokens_decoder().items() if token.special}
        named = (self.id_of(token) for token in self._named())
        return added | {number for number in named if number is not None}

    def _named(self) -> tuple[str | None, ...]:
        """The special tokens that have a part to play."""
        plain = (self.pad_token, self.eos_token, self.unk_token, self.bos_token)
        return (*plain, self.cls_token, self.sep_token, self.mask_token)

    def padded(
        self, rows: Sequence[Sequence[int]], length: int | None = None
    ) -> tuple[list[list[int]], list[list[int]]]:
        """Rows of one length and their attention masks; None: the longest row's."""
        width = max((len(row) for row in rows), default=0) if length is None else length
        ids, masks = [], []
        for row in rows:
            fill = max(width - len(row), 0)
            pads, ones, zeros = [self.pad_id] * fill, [1] * len(row), [0] * fill
            left = self.padding_side == "left"
            ids.append([*pads, *row] if left else [*row, *pads])
            masks.append([*zeros, *ones] if left else [*ones, *zeros])
        return ids, masks

    def decode(self, ids: Iterable[int], *, skip_special: bool = True, clean_up: bool | None = None) -> str:
        """The text of token ids."""
        text: str = self.backend.decode([int(each) for each in ids], skip_special_tokens=skip_special)
        return _cleaned(text) if (self.clean_up if clean_up is None else clean_up) else text


def _cleaned(text: str) -> str:
    """transformers' ``clean_up_tokenization``: no space before punctuation and English contractions."""
    for mark in (" .", " ?", " !", " ,", " n't", " 'm", " 's", " 've", " 're"):
        text = text.replace(mark, mark[1:])
    return text.replace(" ' ", "'")
