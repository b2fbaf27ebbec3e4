"""``pipeline`` for text: what transformers 4.52 to 4.57 gives for the tasks below, on converted models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from jettison_runtime.transformers.encoders import EncoderModel
from jettison_runtime.transformers.seq2seq import T5ForConditionalGeneration
from jettison_runtime.transformers.tokenizers import PreTrainedTokenizerFast

from .base import EncoderPipeline
from .feature_extraction import FeatureExtractionPipeline
from .fill_mask import FillMaskPipeline, PipelineException
from .question_answering import QuestionAnsweringPipeline
from .text2text import RETURNED, Text2TextGenerationPipeline, family_of
from .text_classification import TextClassificationPipeline
from .token_classification import TokenClassificationPipeline

__all__ = [
    "FeatureExtractionPipeline",
    "FillMaskPipeline",
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


def pipeline(
    task: str,
    model: str | os.PathLike[str] | T5ForConditionalGeneration | EncoderModel | None = None,
    *,
    tokenizer: str | os.PathLike[str] | PreTrainedTokenizerFast | None = None,
    device: Any = None,
    framework: str | None = None,
    batch_size: int | None = None,
    **options: Any,
) -> Any:
    """A pipeline for one of `ENCODER_TASKS`, for text2text-generation, summarization, or translation(_xx_to_yy).

    :raises ValueError: another task, another device than the CPU, or no model.
    """
    if task not in ENCODER_TASKS and family_of(task) not in RETURNED:
        known = ", ".join((*RETURNED, *ENCODER_TASKS))
        raise ValueError(f"pipeline({task!r}) is not supported by jettison-runtime, which has {known}")
    if device not in (None, -1, "cpu") or framework not in (None, "pt"):
        raise ValueError("a converted model runs on the CPU")
    if model is None:
        raise ValueError("pipeline needs a model: its folder or its hub name")
    kind: Any = ENCODER_TASKS[task].MODEL if task in ENCODER_TASKS else T5ForConditionalGeneration
    if tokenizer is None:
        if isinstance(model, T5ForConditionalGeneration | EncoderModel):
            raise ValueError("pipeline needs a tokenizer beside a model object")
        tokenizer = model
    if not isinstance(model, T5ForConditionalGeneration | EncoderModel):
        model = kind.from_pretrained(model)
    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        tokenizer = PreTrainedTokenizerFast.from_pretrained(tokenizer)
    made: Any = ENCODER_TASKS.get(task, Text2TextGenerationPipeline)
    return made(task, model, tokenizer, **options)
