"""The names and signatures of transformers that serving code uses, on converted models and without torch.

``from jettison_runtime.transformers import AutoTokenizer`` stands where ``from transformers import AutoTokenizer``
stood. What is not here does not exist: an option or a method that this facade lacks is an error, never ignored.
``return_tensors="pt"``, ``generate`` and calling a model give `jettison_runtime.tensors.Tensor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import encoders, features, logging, perception, tokenizers
from .configuration import AutoConfig, GenerationConfig
from .encoders import (
    AutoModelForMaskedLM,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
)
from .features import AutoFeatureExtractor, AutoImageProcessor, AutoProcessor, BatchFeature
from .headless import AutoModel
from .perception import (
    AutoModelForAudioClassification,
    AutoModelForImageClassification,
    CLIPVisionModelWithProjection,
)
from .pipelines import pipeline
from .seq2seq import AutoModelForSeq2SeqLM, T5ForConditionalGeneration, set_seed
from .streamers import TextIteratorStreamer, TextStreamer
from .tokenizers import AutoTokenizer, BatchEncoding, PreTrainedTokenizerFast

__all__ = [  # noqa: PLE0604  (names, all of them)
    "AutoConfig",
    "AutoFeatureExtractor",
    "AutoImageProcessor",
    "AutoModel",
    "AutoModelForAudioClassification",
    "AutoModelForImageClassification",
    "AutoModelForMaskedLM",
    "AutoModelForQuestionAnswering",
    "AutoModelForSeq2SeqLM",
    "AutoModelForSequenceClassification",
    "AutoModelForTokenClassification",
    "AutoProcessor",
    "AutoTokenizer",
    "BatchEncoding",
    "BatchFeature",
    "CLIPVisionModelWithProjection",
    "GenerationConfig",
    "PreTrainedTokenizerFast",
    "T5ForConditionalGeneration",
    "TextIteratorStreamer",
    "TextStreamer",
    "logging",
    "pipeline",
    "set_seed",
    *encoders.OF_FAMILIES,
    *features.OF_FAMILIES,
    *perception.OF_FAMILIES,
    *tokenizers.OF_FAMILIES,
]
if TYPE_CHECKING:  # the classes of the families come from tables

    def __getattr__(name: str) -> Any: ...


for _table in (encoders, features, perception, tokenizers):
    globals().update(_table.OF_FAMILIES)
