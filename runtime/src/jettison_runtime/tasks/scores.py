"""Labels with scores, as every task that classifies gives them: what a head's numbers mean, and how they are named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_FUNCTIONS = ("softmax", "sigmoid", "none")


class Label(TypedDict):
    """One label of what was asked about."""

    label: str
    score: float


def label_names(config: Mapping[str, Any], count: int) -> list[str]:
    """The names of a head's outputs, as transformers reads them from ``id2label``."""
    named: dict[str, Any] = {str(key): value for key, value in (config.get("id2label") or {}).items()}
    return [str(named.get(str(number), f"LABEL_{number}")) for number in range(count)]


def ranked(config: Mapping[str, Any], logits: Floats, *, top_k: int | None, function: str | None) -> list[Label]:
    """The best labels, best first.

    :param top_k: how many; None: all of them.
    :param function: what makes scores of logits; None: what the model was trained for.
    :raises ValueError: no such function, or fewer than no labels.
    """
    if top_k is not None and top_k < 0:
        raise ValueError(f"top_k is how many labels there shall be, or None for all of them, and not {top_k}")
    named = label_names(config, len(logits))
    scores = scored(logits, function or default_function(config, len(logits)))
    order = np.argsort(-scores, kind="stable")[:top_k]
    return [{"label": named[place], "score": float(scores[place])} for place in order]


def default_function(config: Mapping[str, Any], count: int) -> str:
    """What makes scores of logits, by what the model was trained for, as transformers decides it."""
    problem = config.get("problem_type")
    if problem == "regression":
        return "none"
    return "sigmoid" if problem == "multi_label_classification" or count == 1 else "softmax"


def scored(logits: Floats, function: str) -> Floats:
    """Scores of logits, the same shape.

    :raises ValueError: no such function.
    """
    if function not in _FUNCTIONS:
        raise ValueError(f"function_to_apply is one of {', '.join(_FUNCTIONS)}, not {function!r}")
    if function == "softmax":
        return softmax(logits)
    return np.float32(1) / (np.float32(1) + np.exp(-logits)) if function == "sigmoid" else logits


def softmax(logits: Floats) -> Floats:
    """Along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores
