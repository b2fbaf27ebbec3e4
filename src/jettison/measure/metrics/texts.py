"""Answers that are texts: edits, words in common, n-grams; an item at a time."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from jettison.statistics.metrics import CHRF_ORDERS

T = TypeVar("T")

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WORDS = re.compile(r"[^\W_]+")


def token_error_rate(prediction: str, target: str) -> tuple[float, float]:
    """Edits between the tokens that white space separates (phonemes, words), over the target's tokens."""
    return _edits(prediction.split(), target.split())


def character_error_rate(prediction: str, target: str) -> tuple[float, float]:
    """Edits between characters, over the target's characters."""
    return _edits(prediction, target)


def exact_match(prediction: str, target: str) -> tuple[float, float]:
    """1 for any difference but white space at the ends."""
    return float(prediction.strip() != target.strip()), 1.0


def f1_token(prediction: str, target: str) -> tuple[float, float]:
    """1 - F1 of the words, normalized as the SQuAD script does: no case, punctuation or articles (Rajpurkar 2016)."""
    said, wanted = _normalized(prediction), _normalized(target)
    if not said or not wanted:
        return float(said != wanted), 1.0
    return 1 - _f1(Counter(said), Counter(wanted)), 1.0


def rouge_1(prediction: str, target: str) -> tuple[float, float]:
    """1 - F1 of the words (Lin 2004; as the package rouge-score counts, without stemming)."""
    return 1 - _f1(Counter(_words(prediction)), Counter(_words(target))), 1.0


def rouge_2(prediction: str, target: str) -> tuple[float, float]:
    """The same of pairs of neighbouring words."""
    said, wanted = _words(prediction), _words(target)
    return 1 - _f1(Counter(pairwise(said)), Counter(pairwise(wanted))), 1.0


def rouge_l(prediction: str, target: str) -> tuple[float, float]:
    """1 - F1 of the longest common subsequence of words."""
    said, wanted = _words(prediction), _words(target)
    common = _longest_common(said, wanted)
    return 1 - (2 * common / (len(said) + len(wanted)) if common else 0.0), 1.0


def chrf_row(prediction: str, target: str) -> tuple[float, ...]:
    """For the orders 1 to 6: n-grams in common, the answer's and the target's, white space left out.

    As sacrebleu does, the answer's n-grams of an order do not count where the target has none.
    """
    said, wanted = "".join(prediction.split()), "".join(target.split())
    row: list[float] = []
    for order in range(1, CHRF_ORDERS + 1):
        ours, theirs = _ngrams(said, order), _ngrams(wanted, order)
        row += [(ours & theirs).total(), ours.total() if theirs else 0, theirs.total()]
    return tuple(map(float, row))


def _edits(prediction: Sequence[str], target: Sequence[str]) -> tuple[float, float]:
    """Levenshtein distance, and the target's length (at least 1: an answer to an empty target can be wrong)."""
    row = list(range(len(target) + 1))
    for i, got in enumerate(prediction, 1):
        diagonal, row[0] = row[0], i
        for j, wanted in enumerate(target, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (got != wanted))
    return float(row[-1]), float(max(len(target), 1))


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for left in one:
        diagonal = 0
        for place, right in enumerate(other, 1):
            diagonal, row[place] = row[place], diagonal + 1 if left == right else max(row[place], row[place - 1])
    return row[-1]


def _f1(said: Counter[T], wanted: Counter[T]) -> float:
    common = (said & wanted).total()
    return 2 * common / (said.total() + wanted.total()) if common else 0.0


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())


def _normalized(text: str) -> list[str]:
    bare = "".join(each for each in text.lower() if each not in string.punctuation)
    return _ARTICLES.sub(" ", bare).split()


def _ngrams(text: str, order: int) -> Counter[str]:
    return Counter(text[start : start + order] for start in range(len(text) - order + 1))
