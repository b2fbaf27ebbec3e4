"""The task text2text-generation: text in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .seq2seq import Seq2Seq
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
        ids, mask = self.tokenizer.padded(self.tokenizer.encode(texts, limit=self.tokenizer.model_max_length))
        settings = self.model.settings.updated(options)
        found = self.model.tokens(np.array(ids, np.int64), np.array(mask, np.int32), settings, tokenizer=self.tokenizer)
        return [self.tokenizer.decode(row) for row in found]
