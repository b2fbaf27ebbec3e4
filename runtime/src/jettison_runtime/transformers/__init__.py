"""The names and signatures of transformers that serving code uses, on converted models and without torch.

``from jettison_runtime.transformers import AutoTokenizer`` stands where ``from transformers import AutoTokenizer``
stood. What is not here does not exist: an option or a method that this facade lacks is an error, never ignored.
``return_tensors="pt"``, ``generate`` and calling a model give `jettison_runtime.tensors.Tensor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import encoders, logging, tokenizers
from .configuration import AutoConfig, GenerationConfig
from .encoders import (
    AutoModel,
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)
from .pipelines import pipeline
from .seq2seq import AutoModelForSeq2SeqLM, T5ForConditionalGeneration, set_seed
from .streamers import TextIteratorStreamer, TextStreamer
from .tokenizers import AutoTokenizer, BatchEncoding, PreTrainedTokenizerFast

__all__ = [  # noqa: PLE0604  (names, all of them)
    "AutoConfig",
    "AutoModel",
    "AutoModelForMaskedLM",
    "AutoModelForQuestionAnswering",
    "AutoModelForSeq2SeqLM",
    "AutoModelForSequenceClassification",
    "AutoModelForTokenClassification",
    "AutoTokenizer",
    "BatchEncoding",
    "GenerationConfig",
    "PreTrainedTokenizerFast",
    "T5ForConditionalGeneration",
    "TextIteratorStreamer",
    "TextStreamer",
    "logging",
    "pipeline",
    "set_seed",
    *encoders.OF_FAMILIES,
    *tokenizers.OF_FAMILIES,
]
if TYPE_CHECKING:  # the classes of the families come from tables

    def __getattr__(name: str) -> Any: ...


globals().update(encoders.OF_FAMILIES, **tokenizers.OF_FAMILIES)
