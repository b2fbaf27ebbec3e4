"""What the pipelines of encoders have in common: one text at a time, whatever batches were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jettison_runtime.errors import UnsupportedOption
from jettison_runtime.tasks.texts import Texts
from jettison_runtime.transformers.encoders import EncoderModel
from jettison_runtime.transformers.tokenizers import PreTrainedTokenizerFast


class EncoderPipeline:
    """Texts in, plain Python out. Options of a call stand above those that the pipeline was made with."""

    MODEL: type[EncoderModel]
    """What a folder is loaded as."""
    OPTIONS: frozenset[str] = frozenset()
    """Options that it takes when it is made, and when it is called."""

    def __init__(self, task: str, model: Any, tokenizer: PreTrainedTokenizerFast, **options: Any) -> None:
        if not isinstance(model, EncoderModel) or model.TASK != self.MODEL.TASK:
            raise TypeError(f"pipeline({task!r}) takes a {self.MODEL.__name__}, not a {type(model).__name__}")
        self._check(options)
        self.task, self.model, self.tokenizer, self._options = task, model, tokenizer, options

    def _check(self, options: Mapping[str, Any]) -> None:
        if unknown := set(options) - self.OPTIONS:
            raise UnsupportedOption(f"this pipeline has no option {', '.join(sorted(unknown))}")

    def _asked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options of one call."""
        self._check(options)
        return {**self._options, **options}

    def _texts(self) -> Texts:
        """The model and the tokenizer for the runtime's own tasks, with the labels that the model has now."""
        network = self.model.network
        manifest = replace(network.manifest, config={**network.manifest.config, **self.model.config.to_dict()})
        return Texts(model=replace(network, manifest=manifest), tokenizer=self.tokenizer.text)


def each_text(inputs: Any) -> list[str]:
    """The texts of a call.

    :raises ValueError: something else than a text or a list of texts.
    """
    texts = inputs if isinstance(inputs, list) else [inputs]
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(f"a text is meant, not {text!r}")
    return texts


def said(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are not None: None says nothing."""
    return {name: value for name, value in options.items() if value is not None}
