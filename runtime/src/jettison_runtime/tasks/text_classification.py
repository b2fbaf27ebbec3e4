"""The task text-classification: one label, or several, for a text or a pair of texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .scores import Label, ranked
from .texts import Text, TextTask


@dataclass(frozen=True)
class TextClassifier(TextTask):
    """A loaded classifier with its tokenizer."""

    TASK = "text-classification"

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
        config = self.model.manifest.config
        return [ranked(config, each["logits"], top_k=top_k, function=function_to_apply) for each in answers]
