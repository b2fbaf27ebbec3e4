"""The task fill-mask: tokens for the places that a text leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from .scores import softmax
from .texts import TextTask


class Filling(TypedDict):
    """One token for one mask."""

    score: float
    token: int
    token_str: str
    sequence: str


@dataclass(frozen=True)
class MaskFiller(TextTask):
    """A loaded masked language model with its tokenizer."""

    TASK = "fill-mask"

    def fill(
        self, texts: Sequence[str], *, top_k: int = 5, targets: Sequence[str] | None = None
    ) -> list[list[list[Filling]]]:
        """The best tokens for every mask of each text, best first.

        :param targets: only these words are weighed; of a word that is no token, its first token.
        :raises ValueError: a text without a mask or too long, or targets without a token.
        """
        wanted = None if targets is None else self._tokens_of(targets)
        return [self._filled(text, top_k, wanted) for text in self._encoded(texts)]

    def _encoded(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return [np.array(each.ids, np.int64) for each in self.texts.encodings(texts, truncation=False)]

    def _filled(self, ids: NDArray[np.int64], top_k: int, wanted: NDArray[np.int64] | None) -> list[list[Filling]]:
        masked = np.flatnonzero(ids == self.tokenizer.id_of(self.tokenizer.mask_token))
        if not len(masked):
            raise ValueError(f"No mask_token ({self.tokenizer.mask_token}) found on the input")
        row = ids[None]
        found = self.model.outputs(row, np.ones_like(row), names=["logits"], places=masked)
        scores = softmax(found["logits"])
        tokens = np.arange(scores.shape[1]) if wanted is None else wanted
        filled = []
        for place, own in zip(masked, scores[:, tokens], strict=True):
            order = np.argsort(-own, kind="stable")[:top_k]
            filled.append(
                [self._filling(ids, int(place), int(tokens[n]), float(own[n]), len(masked) == 1) for n in order]
            )
        return filled

    def _filling(self, ids: NDArray[np.int64], place: int, token: int, score: float, alone: bool) -> Filling:
        whole = ids.copy()
        whole[place] = token
        kept = whole[whole != self.tokenizer.pad_id] if self.tokenizer.pad_token else whole
        return {
            "score": score,
            "token": token,
            "token_str": self.tokenizer.decode([token], skip_special=False),
            # As transformers: the other masks would be left out with the special tokens.
            "sequence": self.tokenizer.decode(kept.tolist(), skip_special=alone),
        }

    def _tokens_of(self, targets: Sequence[str]) -> NDArray[np.int64]:
        words = [targets] if isinstance(targets, str) else targets
        found: set[int] = set()
        for word in words:
            number = self.tokenizer.id_of(word)
            pieces = [number] if number is not None else self.tokenizer.encode([word], special=False)[0][:1]
            found.update(pieces)
        if not found:
            raise ValueError("At least one target must be provided when passed.")
        return np.array(sorted(found), np.int64)
