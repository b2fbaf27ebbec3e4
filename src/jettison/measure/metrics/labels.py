"""Answers that are labels, scores, rankings or vectors; an item at a time."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any


def accuracy(prediction: str, target: str) -> tuple[float, float]:
    """1 for another label; white space at the ends does not count."""
    return float(prediction.strip() != target.strip()), 1.0


def recall(prediction: str, target: str, k: int) -> tuple[float, float]:
    """The share of the right ones that are missing among the first k answered.

    Both are JSON lists, the best first, or a single one; of objects their ``id`` or ``label`` counts.
    """
    first = {_named(each) for each in _listed(prediction)[:k]}
    wanted = {_named(each) for each in _listed(target)}
    return len(wanted - first) / max(len(wanted), 1), 1.0


def cosine(prediction: str, target: str) -> tuple[float, float]:
    """1 - cosine of two vectors, each a JSON list of numbers; 1 where the answer is no such vector."""
    said, wanted = _vector(prediction), _vector(target)
    lengths = math.hypot(*said) * math.hypot(*wanted)
    if not said or len(said) != len(wanted) or not (0 < lengths < math.inf):
        return 1.0, 1.0
    product = math.fsum(a * b for a, b in zip(said, wanted, strict=True))
    return 1 - min(1.0, max(-1.0, product / lengths)), 1.0


def f1_row(prediction: str, target: str, positive: str) -> tuple[float, ...]:
    """True positive, false positive, false negative."""
    said, wanted = prediction.strip() == positive.strip(), target.strip() == positive.strip()
    return float(said and wanted), float(said and not wanted), float(wanted and not said)


def class_rows(predictions: Sequence[str], targets: Sequence[str]) -> list[tuple[float, ...]]:
    """Numbers of the answered and of the right class, counted over the sorted right ones; -1 for no class of them."""
    numbers = {name: number for number, name in enumerate(sorted({target.strip() for target in targets}))}
    return [
        (float(numbers.get(said.strip(), -1)), float(numbers[wanted.strip()]))
        for said, wanted in zip(predictions, targets, strict=True)
    ]


def ranked_row(prediction: str, target: str, positive: str) -> tuple[float, ...]:
    """Score, and 1 for a positive item. What is no number is ranked where it does most harm."""
    wanted = target.strip() == positive.strip()
    try:
        score = float(prediction)
    except ValueError:
        score = math.nan
    return (score if not math.isnan(score) else -math.inf if wanted else math.inf), float(wanted)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _listed(text: str) -> list[Any]:
    value = _value(text)
    return value if isinstance(value, list) else [value if isinstance(value, dict) else text]


def _named(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("id", value.get("label", value))
    return value.strip() if isinstance(value, str) else json.dumps(value)


def _vector(text: str) -> list[float]:
    """The numbers; empty when they are none. A list that holds nothing but one list stands for that one."""
    value = _value(text)
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or not all(type(each) in (int, float) for each in value):
        return []
    return [float(each) for each in value]
