"""``pipeline``: what transformers 4.52 to 4.57 gives for the tasks below, on converted models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from jettison_runtime.transformers.encoders import EncoderModel
from jettison_runtime.transformers.features import AutoFeatureExtractor, AutoImageProcessor, SoundExtractor
from jettison_runtime.transformers.perception import PerceivingModel
from jettison_runtime.transformers.seq2seq import T5ForConditionalGeneration
from jettison_runtime.transformers.tokenizers import PreTrainedTokenizerFast

from .base import EncoderPipeline
from .feature_extraction import FeatureExtractionPipeline
from .fill_mask import FillMaskPipeline, PipelineException
from .perceiving import (
    AudioClassificationPipeline,
    ImageClassificationPipeline,
    ImageFeatureExtractionPipeline,
    PerceivingPipeline,
)
from .question_answering import QuestionAnsweringPipeline
from .text2text import RETURNED, Text2TextGenerationPipeline, family_of
from .text_classification import TextClassificationPipeline
from .token_classification import TokenClassificationPipeline

__all__ = [
    "AudioClassificationPipeline",
    "FeatureExtractionPipeline",
    "FillMaskPipeline",
    "ImageClassificationPipeline",
    "ImageFeatureExtractionPipeline",
    "PipelineException",
    "QuestionAnsweringPipeline",
    "Text2TextGenerationPipeline",
    "TextClassificationPipeline",
    "TokenClassificationPipeline",
    "pipeline",
]

ENCODER_TASKS: Mapping[str, type[EncoderPipeline]] = {
    "text-classification": TextClassificationPipeline,
    "sentiment-analysis": TextClassificationPipeline,
    "token-classification": TokenClassificationPipeline,
    "ner": TokenClassificationPipeline,
    "question-answering": QuestionAnsweringPipeline,
    "fill-mask": FillMaskPipeline,
    "feature-extraction": FeatureExtractionPipeline,
}


PERCEIVING_TASKS: Mapping[str, type[PerceivingPipeline]] = {
    "image-classification": ImageClassificationPipeline,
    "image-feature-extraction": ImageFeatureExtractionPipeline,
    "audio-classification": AudioClassificationPipeline,
}


def pipeline(  # noqa: PLR0913  (transformers' signature)
    task: str,
    model: str | os.PathLike[str] | T5ForConditionalGeneration | EncoderModel | PerceivingModel | None = None,
    *,
    tokenizer: str | os.PathLike[str] | PreTrainedTokenizerFast | None = None,
    image_processor: str | os.PathLike[str] | AutoImageProcessor | None = None,
    feature_extractor: str | os.PathLike[str] | SoundExtractor | AutoImageProcessor | None = None,
    device: Any = None,
    framework: str | None = None,
    batch_size: int | None = None,
    **options: Any,
) -> Any:
    """A pipeline for one of `ENCODER_TASKS` or `PERCEIVING_TASKS`, for text2text-generation, summarization, or
    translation(_xx_to_yy).

    :raises ValueError: another task, another device than the CPU, or no model.
    """
    if task not in {**ENCODER_TASKS, **PERCEIVING_TASKS} and family_of(task) not in RETURNED:
        known = ", ".join((*RETURNED, *ENCODER_TASKS, *PERCEIVING_TASKS))
        raise ValueError(f"pipeline({task!r}) is not supported by jettison-runtime, which has {known}")
    if device not in (None, -1, "cpu") or framework not in (None, "pt"):
        raise ValueError("a converted model runs on the CPU")
    if model is None:
        raise ValueError("pipeline needs a model: its folder or its hub name")
    if task in PERCEIVING_TASKS:
        if tokenizer is not None:
            raise ValueError(f"pipeline({task!r}) takes no tokenizer")
        return _perceiving(task, model, image_processor or feature_extractor, options)
    if image_processor is not None or feature_extractor is not None:
        raise ValueError(f"pipeline({task!r}) takes neither an image processor nor a feature extractor")
    kind: Any = ENCODER_TASKS[task].MODEL if task in ENCODER_TASKS else T5ForConditionalGeneration
    if tokenizer is None:
        if isinstance(model, T5ForConditionalGeneration | EncoderModel | PerceivingModel):
            raise ValueError("pipeline needs a tokenizer beside a model object")
        tokenizer = model
    if not isinstance(model, T5ForConditionalGeneration | EncoderModel | PerceivingModel):
        model = kind.from_pretrained(model)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        tokenizer = PreTrainedTokenizerFast.from_pretrained(tokenizer)
    made: Any = ENCODER_TASKS.get(task, Text2TextGenerationPipeline)
    return made(task, model, tokenizer, **options)


def _perceiving(task: str, model: Any, preparing: Any, options: Mapping[str, Any]) -> PerceivingPipeline:
    """A pipeline for pictures or sounds."""
    made = PERCEIVING_TASKS[task]
    if preparing is None:
        if not isinstance(model, str | os.PathLike):
            raise ValueError("pipeline needs an image processor or a feature extractor beside a model object")
        preparing = model
    if isinstance(model, str | os.PathLike):
        model = made.MODEL.from_pretrained(model)
    if isinstance(preparing, str | os.PathLike):
        sounds = made.PREPARING is SoundExtractor
        preparing = (AutoFeatureExtractor if sounds else AutoImageProcessor).from_pretrained(preparing)
    return made(task, model, preparing, **options)
