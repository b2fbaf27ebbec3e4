"""What a followed value can be, besides arrays and the service's own objects."""

from __future__ import annotations

from typing import Literal

Sort = Literal[
    "tokenizer",
    "model",
    "sequence_classifier",
    "token_classifier",
    "question_answerer",
    "mask_filler",
    "encoder",
    "sentence_encoder",
    "classified",
    "tagged",
    "spans",
    "filled",
    "states",
    "pipeline",
    "classifying_pipeline",
    "tagging_pipeline",
    "answering_pipeline",
    "filling_pipeline",
    "states_pipeline",
    "layer",
    "found",
    "streamer",
    "encoding",
    "lists",
    "shape",
    "config",
    "generation_config",
    "parameters",
    "parameter",
    "device",
    "dtype",
    "float32",
    "graph",
    "graph_def",
    "graph_operation",
    "graph_tensor",
    "session",
    "keras_model",
    "saved_model",
    "signatures",
    "signature",
    "eager",
    "tf_dtype",
]
"""A tokenizer's answer is an ``encoding`` when it holds tensors and ``lists`` when it holds lists. ``classified`` and
the four behind it are what calling an encoder gives; ``found`` is several tensors, as a search along a
dimension gives them. From ``graph`` on they are TensorFlow's: ``eager`` is a tensor that holds numbers."""

ENCODERS: frozenset[Sort] = frozenset(
    {"sequence_classifier", "token_classifier", "question_answerer", "mask_filler", "encoder"}
)
"""Models that are called with token ids."""
MODELS: frozenset[Sort] = ENCODERS | {"model", "sentence_encoder"}
PIPELINES: frozenset[Sort] = frozenset(
    {
        "pipeline",
        "classifying_pipeline",
        "tagging_pipeline",
        "answering_pipeline",
        "filling_pipeline",
        "states_pipeline",
    }
)
LOADED: frozenset[Sort] = ENCODERS | {"tokenizer", "model", "config"}
"""What ``from_pretrained`` gives."""
