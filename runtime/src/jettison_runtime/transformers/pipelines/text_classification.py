"""``text-classification`` and ``sentiment-analysis``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jettison_runtime.tasks.scores import default_function, scored
from jettison_runtime.transformers.encoders import AutoModelForSequenceClassification

from .base import EncoderPipeline

_OF_TOKENIZER = frozenset({"truncation", "max_length", "padding", "add_special_tokens"})


class TextClassificationPipeline(EncoderPipeline):
    """A text, or a dict with ``text`` and ``text_pair``; a list of dicts with ``label`` and ``score``."""

    MODEL = AutoModelForSequenceClassification
    OPTIONS = frozenset({"top_k", "function_to_apply", "return_all_scores"}) | _OF_TOKENIZER

    def __call__(self, inputs: Any, **options: Any) -> list[Any]:
        """The best label of each text, or the `top_k` best (all with None) as a list of lists.

        As in transformers, one text gives a list in a list unless this very call says `top_k`.
        """
        asked = self._asked(options)
        if isinstance(inputs, list):
            return [self._answer(each, asked) for each in inputs]
        found = self._answer(inputs, asked)
        return [found] if isinstance(inputs, str) and "top_k" not in options else found

    def _answer(self, given: Any, asked: Mapping[str, Any]) -> Any:
        pair = given if isinstance(given, Mapping) else {"text": given}
        if not isinstance(pair.get("text"), str) or set(pair) - {"text", "text_pair"}:
            raise ValueError(f"a text, or a dict with text and text_pair, is meant: not {given!r}")
        of_tokenizer = {name: value for name, value in asked.items() if name in _OF_TOKENIZER}
        logits = self.model(**self.tokenizer(**pair, return_tensors="np", **of_tokenizer)).logits.numpy()[0]
        config = self.model.config
        function = asked.get("function_to_apply") or default_function(config.to_dict(), len(logits))
        scores = scored(logits, function.lower())
        found = [{"label": config.id2label[place], "score": score.item()} for place, score in enumerate(scores)]
        if "top_k" in asked and (asked["top_k"] is None or isinstance(asked["top_k"], int)):
            return sorted(found, key=lambda each: each["score"], reverse=True)[: asked["top_k"]]
        return found if asked.get("return_all_scores") else max(found, key=lambda each: each["score"])
