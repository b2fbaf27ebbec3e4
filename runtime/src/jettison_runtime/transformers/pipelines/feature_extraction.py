"""``feature-extraction``: the hidden states of a text."""

from __future__ import annotations

from typing import Any

from jettison_runtime.transformers.encoders import States

from .base import EncoderPipeline, each_text


class FeatureExtractionPipeline(EncoderPipeline):
    """A text; lists of numbers [1, tokens, width]."""

    MODEL = States
    OPTIONS = frozenset({"truncation", "tokenize_kwargs", "return_tensors"})

    def __call__(self, inputs: str | list[str], **options: Any) -> Any:
        """The states of a text's tokens; a list of such lists for several texts; tensors with `return_tensors`."""
        asked = self._asked(options)
        of_tokenizer = dict(asked.get("tokenize_kwargs") or {})
        if asked.get("truncation") is not None:
            of_tokenizer["truncation"] = asked["truncation"]
        rows = [self.tokenizer(text, return_tensors="np", **of_tokenizer) for text in each_text(inputs)]
        states = [self.model(**row).last_hidden_state for row in rows]
        found = states if asked.get("return_tensors") else [each.tolist() for each in states]
        return found if isinstance(inputs, list) else found[0]
