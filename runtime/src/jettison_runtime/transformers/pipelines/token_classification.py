"""``token-classification`` and ``ner``."""

from __future__ import annotations

from typing import Any

import numpy as np

from jettison_runtime.tasks.token_classification import TokenClassifier
from jettison_runtime.transformers.encoders import AutoModelForTokenClassification

from .base import EncoderPipeline, each_text, said


class TokenClassificationPipeline(EncoderPipeline):
    """A text; a list of dicts with the entity, its score (numpy's, as in transformers), its words and its place."""

    MODEL = AutoModelForTokenClassification
    OPTIONS = frozenset({"aggregation_strategy", "grouped_entities", "ignore_labels", "stride"})

    def __call__(self, inputs: str | list[str], **options: Any) -> list[Any]:
        """The entities of a text; a list of such lists for several texts.

        :raises ValueError: no text, or a stride without entities that could be put together.
        """
        asked = said(self._asked(options))
        if (grouped := asked.pop("grouped_entities", None)) is not None:
            asked["aggregation_strategy"] = "simple" if grouped else "none"
        asked["aggregation_strategy"] = asked.get("aggregation_strategy", "none").lower()
        texts = each_text(inputs)
        if not texts:
            raise ValueError("At least one input is required.")
        if asked.get("stride", 0) >= self.tokenizer.model_max_length:
            raise ValueError("a stride is less than the tokens that the model takes")
        self.model.check_lengths(texts, self.tokenizer)
        tagger = TokenClassifier(texts=self._texts())
        found = [
            [{**entity, "score": np.float32(entity["score"])} for entity in tagger.classify([text], **asked)[0]]
            for text in texts
        ]
        return found if isinstance(inputs, list) else found[0]
