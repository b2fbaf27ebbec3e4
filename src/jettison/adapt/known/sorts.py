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
    "image_processor",
    "feature_extractor",
    "features",
    "image_classifier",
    "image_encoder",
    "image_projector",
    "sound_classifier",
    "classified",
    "tagged",
    "spans",
    "filled",
    "states",
    "image_states",
    "projected",
    "pipeline",
    "classifying_pipeline",
    "tagging_pipeline",
    "answering_pipeline",
    "filling_pipeline",
    "states_pipeline",
    "picture_pipeline",
    "picture_states_pipeline",
    "sound_pipeline",
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
"""A tokenizer's answer is an ``encoding`` when it holds tensors and ``lists`` when it holds lists; ``features`` are
made of pictures and sounds. ``classified`` and those behind it up to ``projected`` are what calling a model gives;
``found`` is several tensors, as a search along a dimension gives them. From ``graph`` on they are TensorFlow's:
``eager`` is a tensor that holds numbers."""

ENCODERS: frozenset[Sort] = frozenset(
    {"sequence_classifier", "token_classifier", "question_answerer", "mask_filler", "encoder"}
)
"""Models that are called with token ids."""
PERCEIVING: frozenset[Sort] = frozenset({"image_classifier", "image_encoder", "image_projector", "sound_classifier"})
"""Models that are called with what was made of pictures or sounds."""
MODELS: frozenset[Sort] = ENCODERS | PERCEIVING | {"model", "sentence_encoder"}
PIPELINES: frozenset[Sort] = frozenset(
    {
        "pipeline",
        "classifying_pipeline",
        "tagging_pipeline",
        "answering_pipeline",
        "filling_pipeline",
        "states_pipeline",
        "picture_pipeline",
        "picture_states_pipeline",
        "sound_pipeline",
    }
)
LOADED: frozenset[Sort] = (
    ENCODERS | PERCEIVING | {"tokenizer", "image_processor", "feature_extractor", "model", "config"}
)
"""What ``from_pretrained`` gives."""
