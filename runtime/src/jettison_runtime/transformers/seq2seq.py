"""``AutoModelForSeq2SeqLM`` and ``T5ForConditionalGeneration``: generate, and attributes to read."""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.generation import chance
from jettison_runtime.generation.options import OFF
from jettison_runtime.generation.request import Streamer
from jettison_runtime.generation.settings import Settings
from jettison_runtime.loaded import loaded
from jettison_runtime.seq2seq import Seq2Seq
from jettison_runtime.tensors import Tensor

from .configuration import Configuration, GenerationConfig
from .location import check_options, folder_of
from .parameters import Parameter, parameters
from .placed import Placed
from .tokenizers import PreTrainedTokenizerFast


class T5ForConditionalGeneration(Placed):
    """A converted T5."""

    def __init__(self, model: Seq2Seq) -> None:
        self._model = model
        self.config = Configuration(model.manifest.config)
        self.generation_config = GenerationConfig(**model.manifest.generation)
        self._parameters = tuple(parameters(model.manifest.config))

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike[str], **options: Any
    ) -> T5ForConditionalGeneration:
        """The converted model that stands for a path or a hub name; it must answer its canary first.

        What is loaded stays loaded: the next call for the same folder shares the weights.
        """
        check_options(options, set())
        return cls(loaded(folder_of(pretrained_model_name_or_path), Seq2Seq))

    def generate(
        self,
        input_ids: Any = None,
        generation_config: GenerationConfig | None = None,
        *,
        attention_mask: Any = None,
        inputs: Any = None,
        tokenizer: PreTrainedTokenizerFast | None = None,
        streamer: Streamer | None = None,
        **options: Any,
    ) -> Tensor:
        """Generated token ids [rows, length], the start token first; options are those of transformers.

        :param tokenizer: the model's; only stop strings need it.
        :param streamer: hears the tokens as they are made, one prompt's and without beams.
        :raises UnsupportedOption: an option that this runtime does not have.
        """
        source = inputs if input_ids is None else input_ids
        if source is None:
            raise ValueError("generate needs input_ids")
        ids = np.asarray(source, np.int64)
        asked: dict[str, Any] = {}
        # A changed generation_config of the model counts, as in transformers.
        for given in (self.generation_config, generation_config):
            if given is not None:
                asked |= {name: value for name, value in given.to_dict().items() if value is not None}
        # None in a call switches an option off, or says nothing: `Settings.updated` knows.
        asked |= {
            name: value for name, value in options.items() if value is not None or name in OFF or name not in asked
        }
        settings = self._model.settings.updated(asked)
        mask = _mask(ids, settings) if attention_mask is None else np.asarray(attention_mask, np.int32)
        text = None if tokenizer is None else tokenizer.text
        found = self._model.tokens(ids, mask, settings, tokenizer=text, streamer=streamer)
        return Tensor(np.ascontiguousarray(found))

    def parameters(self) -> Iterator[Parameter]:
        """What the model was trained with, to be counted."""
        return iter(self._parameters)


class AutoModelForSeq2SeqLM:
    """Loads whatever sequence-to-sequence model the folder holds."""

    @staticmethod
    def from_pretrained(
        pretrained_model_name_or_path: str | os.PathLike[str], **options: Any
    ) -> T5ForConditionalGeneration:
        """See `T5ForConditionalGeneration.from_pretrained`."""
        return T5ForConditionalGeneration.from_pretrained(pretrained_model_name_or_path, **options)


def _mask(ids: NDArray[np.int64], settings: Settings) -> NDArray[np.int32]:
    """transformers' inference: padding is masked when the batch has any and padding is not also the end."""
    padded = (ids == settings.padding).any() and settings.padding not in settings.eos_token_id
    return (ids != settings.padding).astype(np.int32) if padded else np.ones(ids.shape, np.int32)


def set_seed(seed: int, deterministic: bool = False) -> None:
    """Start all random numbers over: Python's, numpy's, and those that tokens are sampled with.

    The same seed gives the same answers every time, not those that torch gives for it.
    """
    random.seed(seed)
    with contextlib.suppress(ImportError):  # an image in which nothing else asks for them may lack numpy's
        np.random.seed(seed)
    chance.set_seed(seed)


def task_settings(config: Mapping[str, Any], task: str) -> dict[str, Any]:
    """What the model says of one task in ``task_specific_params``."""
    return dict((config.get("task_specific_params") or {}).get(task) or {})
