"""The names and signatures of transformers that serving code uses, on converted models and without torch.

``from jettison_runtime.transformers import AutoTokenizer`` stands where ``from transformers import AutoTokenizer``
stood. What is not here does not exist: an option or a method that this facade lacks is an error, never ignored.
``return_tensors="pt"`` and ``generate`` give `jettison_runtime.tensors.Tensor`.
"""

from __future__ import annotations

from . import logging
from .configuration import GenerationConfig
from .models import AutoModelForSeq2SeqLM, T5ForConditionalGeneration, set_seed
from .pipelines import pipeline
from .streamers import TextIteratorStreamer, TextStreamer
from .tokenizers import AutoTokenizer, BatchEncoding, PreTrainedTokenizerFast, T5Tokenizer, T5TokenizerFast

__all__ = [
    "AutoModelForSeq2SeqLM",
    "AutoTokenizer",
    "BatchEncoding",
    "GenerationConfig",
    "PreTrainedTokenizerFast",
    "T5ForConditionalGeneration",
    "T5Tokenizer",
    "T5TokenizerFast",
    "TextIteratorStreamer",
    "TextStreamer",
    "logging",
    "pipeline",
    "set_seed",
]
