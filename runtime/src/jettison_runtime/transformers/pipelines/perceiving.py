"""The pipelines of pictures and sounds: one at a time, whatever batches were asked for."""

from __future__ import annotations

import abc
import base64
import io
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from jettison_runtime.errors import UnsupportedOption
from jettison_runtime.pictures import opened
from jettison_runtime.sounds import waveform
from jettison_runtime.tasks.scores import ranked
from jettison_runtime.transformers.features import AutoImageProcessor, SoundExtractor
from jettison_runtime.transformers.perception import (
    AutoModelForAudioClassification,
    AutoModelForImageClassification,
    ImageStates,
    PerceivingModel,
)

from .base import said

_FROM_THE_NET = ("http://", "https://")


class PerceivingPipeline(abc.ABC):
    """Pictures or sounds in, plain Python out."""

    MODEL: type[PerceivingModel]
    """What a folder is loaded as."""
    PREPARING: type[AutoImageProcessor] | type[SoundExtractor]
    OPTIONS: frozenset[str]
    """Options that it takes when it is made, and when it is called."""

    def __init__(self, task: str, model: Any, preparing: Any, **options: Any) -> None:
        if not isinstance(model, PerceivingModel) or model.KIND is not self.MODEL.KIND:
            raise TypeError(f"pipeline({task!r}) takes a {self.MODEL.__name__}, not a {type(model).__name__}")
        if not isinstance(preparing, self.PREPARING):
            raise TypeError(f"pipeline({task!r}) takes a {self.PREPARING.__name__}, not a {type(preparing).__name__}")
        self._check(options)
        self.task, self.model, self._preparing, self._options = task, model, preparing, said(options)

    def _check(self, options: Mapping[str, Any]) -> None:
        if unknown := set(options) - self.OPTIONS:
            raise UnsupportedOption(f"this pipeline has no option {', '.join(sorted(unknown))}")

    def __call__(self, inputs: Any, **options: Any) -> Any:
        """The answer for one, or a list of answers for a list."""
        self._check(options)
        asked = self._asked(options)
        if isinstance(inputs, list):
            return [self._answer(each, asked) for each in inputs]
        return self._answer(inputs, asked)

    def _asked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options of one call, which stand above those that the pipeline was made with."""
        return {**self._options, **said(options)}

    @abc.abstractmethod
    def _answer(self, given: Any, asked: Mapping[str, Any]) -> Any:
        """The answer for one picture or sound."""

    def _labels(self, features: Mapping[str, Any], top_k: int | None, function: str) -> list[dict[str, Any]]:
        logits = self.model(**features).logits.numpy()[0]  # type: ignore[operator]
        found = ranked(self.model.config.to_dict(), logits, top_k=top_k, function=function)
        return [{"score": each["score"], "label": each["label"]} for each in found]


class ImageClassificationPipeline(PerceivingPipeline):
    """A picture; a list of dicts with ``label`` and ``score``, best first: five unless `top_k` says otherwise."""

    MODEL = AutoModelForImageClassification
    PREPARING = AutoImageProcessor
    OPTIONS = frozenset({"top_k", "function_to_apply", "timeout"})

    def __call__(self, inputs: Any = None, *, images: Any = None, **options: Any) -> Any:
        """The labels of one picture, or a list of these for a list; `images` is an older name of it."""
        return super().__call__(inputs if images is None else images, **options)

    def _answer(self, given: Any, asked: Mapping[str, Any]) -> Any:
        features = self._preparing(picture(given), return_tensors="pt")
        config = self.model.config
        alone = config.problem_type == "multi_label_classification" or config.num_labels == 1
        function = asked.get("function_to_apply", "sigmoid" if alone else "softmax")
        return self._labels(features, asked.get("top_k", 5), function.lower())


class ImageFeatureExtractionPipeline(PerceivingPipeline):
    """A picture; lists of numbers: its states, or with `pool` its vector."""

    MODEL = ImageStates
    PREPARING = AutoImageProcessor
    OPTIONS = frozenset({"pool", "return_tensors", "timeout"})

    def _answer(self, given: Any, asked: Mapping[str, Any]) -> Any:
        states = self.model(**self._preparing(picture(given), return_tensors="pt"))  # type: ignore[operator]
        found = states["pooler_output"] if asked.get("pool") else states[0]
        return found if asked.get("return_tensors") else found.tolist()


class AudioClassificationPipeline(PerceivingPipeline):
    """A sound; a list of dicts with ``score`` and ``label``, best first: all unless this very call says `top_k`."""

    MODEL = AutoModelForAudioClassification
    PREPARING = SoundExtractor
    OPTIONS = frozenset({"top_k", "function_to_apply"})

    def _asked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """As in transformers, a call stands for itself: what it leaves out is not what the pipeline was made with."""
        return said(options)

    def _answer(self, given: Any, asked: Mapping[str, Any]) -> Any:
        extractor = self._preparing
        assert isinstance(extractor, SoundExtractor)
        features = extractor(sound(given, extractor.sampling_rate), return_tensors="pt")
        return self._labels(features, asked.get("top_k"), asked.get("function_to_apply", "softmax"))


def picture(given: Any) -> Any:
    """A picture of Pillow's in RGB, turned as its camera was held: of one, a path, or the base64 of a file.

    :raises ValueError: a text that is none of these.
    :raises TypeError: something else.
    :raises PIL.UnidentifiedImageError: a file of no known format.
    """
    from PIL import Image

    if isinstance(given, str):
        if given.startswith(_FROM_THE_NET):
            raise ValueError(f"an adapted service fetches no pictures by itself: open {given} and give the picture")
        given = Image.open(given if os.path.isfile(given) else _decoded(given))  # noqa: PTH113  (of texts of any length)
    if not isinstance(given, Image.Image):
        raise TypeError(f"a picture of Pillow's, a path or base64 is meant, not a {type(given).__name__}")
    return opened(given)


def _decoded(text: str) -> io.BytesIO:
    data = text.split(",")[1] if text.startswith("data:image/") else text
    try:
        raw = base64.decodebytes(data.encode())
        opened(raw)
    except ValueError as cause:  # binascii's error is one
        raise ValueError("Incorrect image source: neither a file nor a picture in base64") from cause
    return io.BytesIO(raw)


def sound(given: Any, rate: int) -> Any:
    """A waveform [samples]: of one, ``{"raw": …, "sampling_rate": …}``, a path of a WAV file, or its bytes.

    :raises TypeError, ValueError: something else, another rate, or several channels.
    """
    if isinstance(given, str) and given.startswith(_FROM_THE_NET):
        raise ValueError(f"an adapted service fetches no sounds by itself: read {given} and give its bytes")
    if not isinstance(given, str | bytes | dict | np.ndarray):
        raise TypeError(f"a waveform of numpy's, a path or bytes are meant, not a {type(given).__name__}")
    return waveform(given, rate)
