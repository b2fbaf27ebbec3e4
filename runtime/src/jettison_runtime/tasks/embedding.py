"""The task feature-extraction: a vector for each text, or for each of its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .texts import Text, TextTask

_SMALLEST = 1e-12
"""The length that sentence-transformers divides by at least."""


@dataclass(frozen=True)
class Embedder(TextTask):
    """A loaded encoder with its tokenizer."""

    TASK = "feature-extraction"

    def encode(
        self, texts: Sequence[Text], *, normalize: bool | None = None, batch_size: int = 32
    ) -> NDArray[np.float32]:
        """A vector for each text, [texts, width]; texts are cut to what the model was trained with.

        Pooled as the folder's sentence-transformers settings say; the mean over the tokens where it has none.

        :param normalize: make every vector 1 long; None: as the folder says.
        """
        settings = self.model.manifest.embedding
        encodings = self.texts.encodings(texts, truncation=True, max_length=settings.get("max_length"))
        answers = self.texts.answers(encodings, ["sentence_embedding"], batch_size=batch_size)
        width = self.model.network.outputs["sentence_embedding"][1][-1]
        vectors = np.empty((len(answers), width), np.float32)
        for row, each in enumerate(answers):
            vectors[row] = each["sentence_embedding"]
        if settings.get("normalize", False) if normalize is None else normalize:
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _SMALLEST)
        return vectors

    def hidden_states(
        self, texts: Sequence[Text], *, truncation: bool = False, batch_size: int = 32
    ) -> list[NDArray[np.float32]]:
        """The last layer's vector of every token of each text, special ones among them: [tokens, width] each.

        :raises ValueError: a text that is too long, without `truncation`.
        """
        encodings = self.texts.encodings(texts, truncation=truncation)
        answers = self.texts.answers(encodings, ["last_hidden_state"], batch_size=batch_size)
        return [each["last_hidden_state"] for each in answers]
