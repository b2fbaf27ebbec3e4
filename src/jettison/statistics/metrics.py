"""The metrics by name, and what a set of answers scores by each.

Most are rates: every item has errors and a size, the score is 1 - sum(errors) / sum(sizes). A few are only defined over
all items together; of those an item has a row of numbers, and a function makes the score of weighted rows:

- F1 as van Rijsbergen's measure, of one class or the mean over the classes of the right answers
  (scikit-learn's ``f1_score(..., labels=sorted(set(y_true)), average="macro")``).
- AUC: the chance that a positive item is ranked above a negative one, a tie counting half (Mann and Whitney 1947).
- chrF: character n-grams of order 1 to 6, beta 2, precision and recall averaged over the orders that both sides have
  (Popović 2015, as sacrebleu counts).

How a text becomes errors or a row is `measure.metrics`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .resampling import Floats

    Combined: TypeAlias = Callable[[Floats, Floats], Floats]
    """(weights of shape [some, items], rows of shape [items, width]) → scores of shape [some]."""

CHRF_ORDERS = 6
_CHRF_BETA = 2
_RECALL = re.compile(r"recall@([1-9]\d{0,4})")


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What can be asked of labelled answers."""

    name: str
    what: str
    """In words, for the docs and the help."""
    rises: bool = True
    """It is told as a score: larger is better. Else it is told as an error rate."""
    combined: Combined | None = None
    """None for a rate."""
    positive: bool = False
    """It needs to know which label is the positive one."""
    at: int = 0
    """The k of recall@k."""


def _f1(weights: Floats, rows: Floats) -> Floats:
    """Rows: true positive, false positive, false negative. 0 where nothing is positive on either side."""
    import numpy as np

    right, false, missed = (weights @ rows).T
    sizes = 2 * right + false + missed
    found: Floats = np.divide(2 * right, sizes, out=np.zeros_like(sizes), where=sizes > 0)
    return found


def _f1_macro(weights: Floats, rows: Floats) -> Floats:
    """Rows: number of the class that was answered (-1 for none of them), number of the right one."""
    import numpy as np

    answered, wanted = rows[:, 0], rows[:, 1]
    classes = range(int(wanted.max()) + 1)
    total, counted = np.zeros(len(weights)), np.zeros(len(weights))
    for each in classes:
        flags = np.stack([answered == each, wanted == each, (answered == each) & (wanted == each)], axis=1)
        said, there, right = (weights @ flags.astype(float)).T
        total += np.divide(2 * right, said + there, out=np.zeros_like(total), where=there > 0)
        counted += there > 0
    return total / counted


def _auc(weights: Floats, rows: Floats) -> Floats:
    """Rows: score, 1 for a positive item. 1/2 where one of the classes was not drawn."""
    import numpy as np

    scores, positive = rows[:, 0], rows[:, 1] > 0
    order = np.argsort(scores, kind="stable")
    ranked = scores[order]
    first = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    drawn = weights[:, order]
    ups, downs = drawn * positive[order], drawn * ~positive[order]
    if len(first) < len(order):
        ups, downs = (np.add.reduceat(side, first, axis=1) for side in (ups, downs))
    below = np.cumsum(downs, axis=1) - downs / 2
    pairs = ups.sum(axis=1) * downs.sum(axis=1)
    found: Floats = np.divide((ups * below).sum(axis=1), pairs, out=np.full(len(weights), 0.5), where=pairs > 0)
    return found


def _chrf(weights: Floats, rows: Floats) -> Floats:
    """Rows: for each order the matches, the answer's n-grams and the target's."""
    import numpy as np

    sums = (weights @ rows).reshape(len(weights), CHRF_ORDERS, 3)
    matches, said, wanted = sums[..., 0], sums[..., 1], sums[..., 2]
    both = (said > 0) & (wanted > 0)
    orders = np.maximum(both.sum(axis=1), 1)
    precision = np.divide(matches, said, out=np.zeros_like(said), where=both).sum(axis=1) / orders
    recall = np.divide(matches, wanted, out=np.zeros_like(said), where=both).sum(axis=1) / orders
    beta = _CHRF_BETA**2
    weighed = beta * precision + recall
    found: Floats = np.divide((1 + beta) * precision * recall, weighed, out=np.zeros_like(weighed), where=weighed > 0)
    return found


METRICS: dict[str, Metric] = {
    each.name: each
    for each in (
        Metric(name="accuracy", what="share of right labels"),
        Metric(name="exact_match", what="share of answers that are the right text to the letter"),
        Metric(name="f1", what="F1 of the positive class", combined=_f1, positive=True),
        Metric(name="f1_macro", what="mean of the classes' F1", combined=_f1_macro),
        Metric(name="f1_token", what="F1 of the words of each answer, as for question answering"),
        Metric(name="auc", what="area under the ROC curve, of answers that are scores", combined=_auc, positive=True),
        Metric(name="word_error_rate", what="edits between words, over the target's words", rises=False),
        Metric(name="phoneme_error_rate", what="edits between phonemes, over the target's", rises=False),
        Metric(name="token_error_rate", what="edits between what white space separates", rises=False),
        Metric(name="character_error_rate", what="edits between characters", rises=False),
        Metric(name="chrf", what="F2 of character n-grams up to 6, over all texts", combined=_chrf),
        Metric(name="rouge1", what="F1 of the words of each text"),
        Metric(name="rouge2", what="F1 of the pairs of words of each text"),
        Metric(name="rougeL", what="F1 of the longest common sequence of words of each text"),
        Metric(name="cosine", what="cosine between the answered and the right vector"),
        Metric(name="recall@1", what="share of the right ones among the first k answered; any k", at=1),
    )
}
"""By name. ``recall@k`` stands for every k."""

_SHORT = {
    "wer": "word_error_rate",
    "per": "phoneme_error_rate",
    "cer": "character_error_rate",
    "em": "exact_match",
    "rougel": "rougeL",
    "macro_f1": "f1_macro",
}


def metric_named(name: str) -> Metric | None:
    """The metric of that name, short names (``wer``, ``cer``, ``per``) included; None when there is none.

    A function of the user's own, ``file.py:function``, is a metric of that name: a rate, told as a score.
    """
    if found := METRICS.get(_SHORT.get(name.lower(), name)) or METRICS.get(name.lower()):
        return found
    if match := _RECALL.fullmatch(name.lower()):
        return replace(METRICS["recall@1"], name=f"recall@{match[1]}", at=int(match[1]))
    file, colon, function = name.rpartition(":")
    if colon and file.endswith(".py") and function.isidentifier():
        return Metric(name=name, what="a function of your own")
    return None
