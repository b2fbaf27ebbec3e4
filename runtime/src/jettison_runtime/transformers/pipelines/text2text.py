"""The text-to-text tasks, with the meaning that they have in transformers 4.52 to 4.57."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jettison_runtime.transformers.seq2seq import T5ForConditionalGeneration, task_settings
from jettison_runtime.transformers.tokenizers import PreTrainedTokenizerFast

RETURNED = {"text2text-generation": "generated", "summarization": "summary", "translation": "translation"}
"""Tasks, and the beginning of the key that their answers have."""
_DEFAULTS = {"max_new_tokens": 256, "num_beams": 4}
"""What transformers' text-to-text pipelines ask for unless the caller says otherwise, whatever the model says."""
_GENERAL_LENGTH = 20
"""The `max_length` that counts as not said."""


class Text2TextGenerationPipeline:
    """Text in, a list of dicts with the text out."""

    def __init__(
        self, task: str, model: T5ForConditionalGeneration, tokenizer: PreTrainedTokenizerFast, **options: Any
    ) -> None:
        self.task, self.model, self.tokenizer = task, model, tokenizer
        config = model.config.to_dict()
        special = task_settings(config, task)
        self._prefix = special.pop("prefix", None) or config.get("prefix") or ""
        own = {name: value for name, value in model.generation_config.to_dict().items() if value is not None}
        settings = {**own, **_DEFAULTS, **_generation(options)}
        unsaid = settings["max_new_tokens"] == _DEFAULTS["max_new_tokens"]
        if unsaid and settings.get("max_length") not in (None, _GENERAL_LENGTH):
            settings["max_new_tokens"] = None
        # In these versions what the model says of the task stands above what the pipeline was made with.
        self._settings = {**settings, **special}
        self._truncation = options.get("truncation")

    def __call__(self, inputs: str | Sequence[str], **options: Any) -> list[Any]:
        """One dict a text: ``generated_text``, ``summary_text`` or ``translation_text``; lists of dicts for several."""
        if isinstance(inputs, str):
            return self._answer(inputs, options)
        answers = [self._answer(text, options) for text in inputs]
        return [each[0] for each in answers] if all(len(each) == 1 for each in answers) else answers

    def _answer(self, text: str, options: dict[str, Any]) -> list[dict[str, str]]:
        if not isinstance(text, str):
            raise TypeError(f"a pipeline takes a text or a list of texts, not {text!r}")
        truncation = options.get("truncation", self._truncation) or False
        encoded = self.tokenizer(self._prefix + text, truncation=truncation, return_tensors="np")
        settings = {**self._settings, **_generation(options)}
        rows = self.model.generate(**encoded, tokenizer=self.tokenizer, **settings)
        clean_up = bool(options.get("clean_up_tokenization_spaces", False))
        name = f"{RETURNED[family_of(self.task)]}_text"
        return [{name: self.tokenizer.decode(row, True, clean_up)} for row in rows]


def family_of(task: str) -> str:
    """``translation`` for ``translation_en_to_fr``."""
    return task.partition("_")[0]


def _generation(options: dict[str, Any]) -> dict[str, Any]:
    """The options that are generate's own."""
    ours = ("truncation", "clean_up_tokenization_spaces")
    return {name: value for name, value in options.items() if name not in ours}
