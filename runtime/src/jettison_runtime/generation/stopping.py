"""When a sequence is done: an end token, a stop string, the time. (Length is the loops' own.)"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .settings import Settings

if TYPE_CHECKING:
    from jettison_runtime.tokenization import TextTokenizer

_UNSPOKEN = "\ud800"
"""Stands for a token without a text: no stop string holds a lone surrogate."""
_PREFIX = "abcdef"
"""transformers' own: the text of a token is what it adds after this."""


class Stops:
    """The stopping criteria of one generation; the clock starts when it is made."""

    def __init__(self, settings: Settings, tokenizer: TextTokenizer | None = None) -> None:
        """Nothing has been generated yet.

        :raises ValueError: stop strings without a tokenizer.
        """
        self._ends = np.array(settings.eos_token_id, np.int64)
        self._deadline = None if settings.max_time is None else time.monotonic() + settings.max_time
        self._strings = None
        if settings.stop_strings is not None:
            if tokenizer is None:
                raise ValueError("stop_strings need the model's tokenizer: generate(…, tokenizer=tokenizer)")
            self._strings = _StopStrings(settings.stop_strings, tokenizer)

    @property
    def only_ends(self) -> bool:
        """Nothing but end tokens stops a sequence."""
        return self._deadline is None and self._strings is None

    @property
    def by_text(self) -> bool:
        """Stop strings are looked for."""
        return self._strings is not None

    def ended(self, tokens: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these last tokens, of any shape, are end tokens."""
        found: NDArray[np.bool_] = (tokens[..., None] == self._ends).any(axis=-1)
        return found

    def done(self, sequences: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which sequences [..., length] are done with their last token."""
        found = self.ended(sequences[..., -1])
        if self._strings is not None:
            found |= self._strings.found(sequences)
        if self._deadline is not None and time.monotonic() > self._deadline:
            found[...] = True
        return found


class _StopStrings:
    """Stop strings among the texts of tokens put together; a string may end within the last token."""

    def __init__(self, strings: tuple[str, ...], tokenizer: TextTokenizer) -> None:
        self._strings = strings
        self._longest = max(map(len, strings), default=0)
        self._tokenizer = tokenizer
        ids = tokenizer.encode([_PREFIX], special=False)[0]
        self._before = [tokenizer.token_of(token) or "" for token in ids]
        place = tokenizer.joined(self._before).find(_PREFIX)
        if place < 0:
            raise ValueError(f"stop_strings need a tokenizer that can write {_PREFIX!r}")
        self._start = place + len(_PREFIX)
        self._texts: dict[int, str] = {}

    def found(self, sequences: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which sequences [..., length] end in a stop string."""
        shape = sequences.shape[:-1]
        rows = sequences.reshape(-1, sequences.shape[-1])[:, -self._longest :].tolist()
        return np.array([self._stops(row) for row in rows], bool).reshape(shape)

    def _stops(self, tokens: list[int]) -> bool:
        texts = [self._text(token) for token in tokens]
        whole, last = "".join(texts), len(texts[-1])
        return last > 0 and any(
            string in whole[max(0, len(whole) - last - len(string) + 1) :] for string in self._strings
        )

    def _text(self, token: int) -> str:
        text = self._texts.get(token)
        if text is None:
            name = self._tokenizer.token_of(token)
            text = _UNSPOKEN if name is None else self._tokenizer.joined([*self._before, name])[self._start :]
            self._texts[token] = text
        return text
