"""``TextStreamer`` and ``TextIteratorStreamer``: for ``generate(…, streamer=)``, one prompt at a time without beams."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.streaming import Words

from .tokenizers import PreTrainedTokenizerFast


class TextStreamer:
    """Prints the text as words are complete."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, skip_prompt: bool = False, **decode_kwargs: Any) -> None:
        self.tokenizer, self.skip_prompt, self.decode_kwargs = tokenizer, skip_prompt, decode_kwargs
        self._words = Words(lambda ids: tokenizer.decode(ids, **decode_kwargs), lines_apart=True)
        self._at_the_start = True

    def put(self, value: NDArray[np.int64]) -> None:
        """Tokens of the one sequence: the start token first, which is this kind of model's prompt."""
        if value.ndim > 1 and len(value) > 1:
            raise ValueError("a text streamer takes one sequence at a time")
        if self.skip_prompt and self._at_the_start:
            self._at_the_start = False
            return
        self.on_finalized_text(self._words.more(value.reshape(-1).tolist()))

    def end(self) -> None:
        """Print what was held back."""
        self._at_the_start = True
        self.on_finalized_text(self._words.rest(), stream_end=True)

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """What is done with each piece; for subclasses to change."""
        print(text, flush=True, end="\n" if stream_end else "")  # noqa: T201  (what this class is for)


class TextIteratorStreamer(TextStreamer):
    """Gives the pieces to whoever goes through it, in another thread than the one that generates."""

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerFast,
        skip_prompt: bool = False,
        timeout: float | None = None,
        **decode_kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, skip_prompt, **decode_kwargs)
        self.timeout = timeout
        self.text_queue: queue.Queue[str | None] = queue.Queue()

    def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
        """Into the queue; after the last piece comes None."""
        self.text_queue.put(text, timeout=self.timeout)
        if stream_end:
            self.text_queue.put(None, timeout=self.timeout)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        piece = self.text_queue.get(timeout=self.timeout)
        if piece is None:
            raise StopIteration
        return piece
