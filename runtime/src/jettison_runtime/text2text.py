"""The task text2text-generation: text in, text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .generation.request import Streamer
from .generation.settings import Settings
from .seq2seq import Seq2Seq
from .streaming import pieces
from .tokenization import TextTokenizer


@dataclass(frozen=True)
class TextToText:
    """A loaded model with its tokenizer."""

    model: Seq2Seq
    tokenizer: TextTokenizer

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> TextToText:
        """Read a converted model from its folder; see `jettison_runtime.load`."""
        model = Seq2Seq.load(folder, threads=threads, verify=verify)
        return cls(model=model, tokenizer=TextTokenizer(folder, model.manifest.tokenizer))

    def generate(self, texts: Sequence[str], **options: Any) -> list[str]:
        """The answer to each text; several per text, best first, with ``num_return_sequences``.

        Options are those of transformers' ``generate``: max_new_tokens, num_beams, length_penalty, …

        :raises UnsupportedOption: an option that this runtime does not have.
        """
        if isinstance(texts, str):
            raise TypeError("generate takes a list of texts: generate([text])")
        if not texts:
            return []
        settings = self.model.settings.updated(options)
        return [self.tokenizer.decode(row) for row in self._tokens(texts, settings)]

    def stream(self, text: str, **options: Any) -> Iterator[str]:
        """The answer to one text in pieces, each as soon as its words are complete; together they are the answer.

        Options are those of `generate`, for one answer without beams. Whoever stops listening stops the generation.

        :raises ValueError: beams, or several answers.
        :raises UnsupportedOption: an option that this runtime does not have.
        """
        if not isinstance(text, str):
            raise TypeError("stream takes one text")
        settings = self.model.settings.updated(options)
        if settings.rows_of_a_prompt > 1:
            raise ValueError("only one answer without beams can be streamed: num_beams=1, num_return_sequences=1")
        return pieces(lambda streamer: self._tokens([text], settings, streamer), self.tokenizer.decode)

    def _tokens(self, texts: Sequence[str], settings: Settings, streamer: Streamer | None = None) -> NDArray[np.int64]:
        ids, mask = self.tokenizer.padded(self.tokenizer.encode(texts, limit=self.tokenizer.model_max_length))
        return self.model.tokens(
            np.array(ids, np.int64),
            np.array(mask, np.int32),
            settings,
            tokenizer=self.tokenizer,
            streamer=streamer,
        )
