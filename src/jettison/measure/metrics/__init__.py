"""From answers as texts to what a metric is computed of: errors and sizes, or a row of numbers, an item at a time.

The names are those of `statistics.METRICS`, which makes the score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from jettison.statistics import Metric

from . import labels, texts
from .own import own_scores

__all__ = ["RATES", "Scores", "own_scores", "scored"]

Rate: TypeAlias = Callable[[str, str], tuple[float, float]]
"""(prediction, target) → (errors, size)."""


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Of one subject's answers; see the fields of the same names in `records.Measurement`."""

    errors: tuple[float, ...] = ()
    units: tuple[float, ...] = ()
    counts: tuple[tuple[float, ...], ...] = ()


RATES: Mapping[str, Rate] = {
    "accuracy": labels.accuracy,
    "exact_match": texts.exact_match,
    "f1_token": texts.f1_token,
    "word_error_rate": texts.token_error_rate,
    "phoneme_error_rate": texts.token_error_rate,
    "token_error_rate": texts.token_error_rate,
    "character_error_rate": texts.character_error_rate,
    "rouge1": texts.rouge_1,
    "rouge2": texts.rouge_2,
    "rougeL": texts.rouge_l,
    "cosine": labels.cosine,
}


def scored(
    metric: Metric, predictions: Sequence[str], targets: Sequence[str], *, positive: str = "", code: str = ""
) -> Scores:
    """What `metric` is computed of, for every item.

    :param positive: the label that counts as positive, for F1 and AUC.
    :param code: Python source that holds the function which `metric` names, when it is one of the user's own.
    :raises SettingsInvalid: that function fails, or gives no share of 1.
    """
    pairs = list(zip(predictions, targets, strict=True))
    if code:
        return _of_rates([(1 - score, 1.0) for score in own_scores(metric.name, code, pairs)])
    if metric.at:
        return _of_rates([labels.recall(*pair, metric.at) for pair in pairs])
    if rate := RATES.get(metric.name):
        return _of_rates([rate(*pair) for pair in pairs])
    if metric.name == "f1_macro":
        return Scores(counts=tuple(labels.class_rows(predictions, targets)))
    if metric.name == "chrf":
        return Scores(counts=tuple(texts.chrf_row(*pair) for pair in pairs))
    row = labels.f1_row if metric.name == "f1" else labels.ranked_row
    return Scores(counts=tuple(row(*pair, positive) for pair in pairs))


def _of_rates(found: Sequence[tuple[float, float]]) -> Scores:
    return Scores(errors=tuple(errors for errors, _ in found), units=tuple(size for _, size in found))
