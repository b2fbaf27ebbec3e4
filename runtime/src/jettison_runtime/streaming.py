"""Text while it is made: tokens in, pieces of text out that end where words do.

The pieces are those of transformers' (4.57) streamers, but that they make together the text of all tokens: transformers
loses a space that stands behind a new line.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from .generation.request import Streamer

Decode = Callable[[list[int]], str]

_IDEOGRAPHS = (
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF)),
    *((0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F)),
)
"""Characters that are words by themselves."""


class Words:
    """The text of a growing sequence, given out word by word: the last one may still change."""

    def __init__(self, decode: Decode, *, lines_apart: bool = False) -> None:
        """:param lines_apart: every line is decoded by itself, as transformers' streamers do."""
        self._decode, self._lines_apart = decode, lines_apart
        self._tokens: list[int] = []
        self._said = 0

    def more(self, tokens: list[int]) -> str:
        """The text that is complete now and was not before."""
        self._tokens += tokens
        text = self._decode(self._tokens)
        if text.endswith("\n"):
            piece = text[self._said :]
            # The last token stays, for how the next one is written after it.
            self._tokens = [] if self._lines_apart else self._tokens[-1:]
            self._said = len(self._decode(self._tokens)) if self._tokens else 0
            return piece
        end = len(text) if text and _stands_alone(text[-1]) else text.rfind(" ") + 1
        piece = text[self._said : end]
        self._said = max(self._said, end)
        return piece

    def rest(self) -> str:
        """The text that was held back; then everything starts anew."""
        piece = self._decode(self._tokens)[self._said :] if self._tokens else ""
        self._tokens, self._said = [], 0
        return piece


def pieces(generate: Callable[[Streamer], object], decode: Decode) -> Iterator[str]:
    """The text of what `generate` makes, while it makes it in a thread of its own.

    An error of the generation is raised here; when nobody listens any more, the generation ends with its next token.
    """
    listener = _Listener(Words(decode))
    pool = ThreadPoolExecutor(1, "jettison-stream")
    made = pool.submit(generate, listener)
    pool.shutdown(wait=False)  # whoever leaves does not wait for the token being made
    made.add_done_callback(lambda _: listener.heard.put(None))
    try:
        while (piece := listener.heard.get()) is not None:
            if piece:
                yield piece
    finally:
        listener.gone = True
    made.result()


class _NobodyListens(Exception):
    """Ends a generation whose answer is not wanted any more."""


class _Listener:
    def __init__(self, words: Words) -> None:
        self.heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.gone = False
        self._words = words

    def put(self, value: NDArray[np.int64]) -> None:
        """See `Streamer`."""
        if self.gone:
            raise _NobodyListens
        self.heard.put(self._words.more(value.reshape(-1).tolist()))

    def end(self) -> None:
        """See `Streamer`."""
        self.heard.put(self._words.rest())


def _stands_alone(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _IDEOGRAPHS)
