"""The task text-classification: one label, or several, for a text or a pair of texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.encoder import Encoder
from jettison_runtime.tokenization import TextTokenizer

from .texts import Text, Texts, labels, softmax

TASK = "text-classification"
_FUNCTIONS = ("softmax", "sigmoid", "none")


class Label(TypedDict):
    """One label of a text."""

    label: str
    score: float


@dataclass(frozen=True)
class TextClassifier:
    """A loaded classifier with its tokenizer."""

    texts: Texts

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> TextClassifier:
        """Read a converted model from its folder; see `jettison_runtime.load`."""
        return cls(texts=Texts.load(folder, TASK, threads=threads, verify=verify))

    @property
    def model(self) -> Encoder:
        """The network."""
        return self.texts.model

    @property
    def tokenizer(self) -> TextTokenizer:
        """The model's own."""
        return self.texts.tokenizer

    def classify(
        self,
        texts: Sequence[Text],
        *,
        top_k: int | None = 1,
        function_to_apply: str | None = None,
        truncation: bool = False,
        max_length: int | None = None,
        batch_size: int = 32,
    ) -> list[list[Label]]:
        """The best labels of each text, or of each pair (text, text), best first.

        :param top_k: how many; None: all of them.
        :param function_to_apply: ``softmax``, ``sigmoid`` or ``none`` for the scores; None: what the model was trained
            for.
        :param truncation: cut long texts to `max_length` tokens (None: what the model can take).
        :raises ValueError: a text that is too long, or a function that there is not.
        """
        encodings = self.texts.encodings(texts, truncation=truncation, max_length=max_length)
        answers = self.texts.answers(encodings, ["logits"], batch_size=batch_size)
        return [self._ranked(each["logits"], top_k, function_to_apply) for each in answers]

    def _ranked(self, logits: NDArray[np.float32], top_k: int | None, function: str | None) -> list[Label]:
        scores = scored(logits, function or default_function(self.model.manifest.config, len(logits)))
        names = labels(self.model, len(logits))
        order = np.argsort(-scores, kind="stable")[:top_k]
        return [{"label": names[place], "score": float(scores[place])} for place in order]


def default_function(config: Mapping[str, Any], count: int) -> str:
    """What makes scores of logits, by what the model was trained for, as transformers decides it."""
    problem = config.get("problem_type")
    if problem == "regression":
        return "none"
    return "sigmoid" if problem == "multi_label_classification" or count == 1 else "softmax"


def scored(logits: NDArray[np.float32], function: str) -> NDArray[np.float32]:
    """Scores of logits, the same shape.

    :raises ValueError: no such function.
    """
    if function not in _FUNCTIONS:
        raise ValueError(f"function_to_apply is one of {', '.join(_FUNCTIONS)}, not {function!r}")
    if function == "softmax":
        return softmax(logits)
    return np.float32(1) / (np.float32(1) + np.exp(-logits)) if function == "sigmoid" else logits
