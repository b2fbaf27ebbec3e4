"""Errors and sizes, by hand."""

from __future__ import annotations

import pytest

from jettison.measure.metrics import METRICS
from jettison.measure.warmup import settled


@pytest.mark.parametrize(
    ("metric", "prediction", "target", "expected"),
    [
        ("token_error_rate", "T R AE N", "T R AE N", (0, 4)),
        ("token_error_rate", "T R AE", "T R AE N", (1, 4)),
        ("token_error_rate", "T R AE N S", "T R AE N", (1, 4)),
        ("token_error_rate", "T L AE M", "T R AE N", (2, 4)),
        ("token_error_rate", "", "A B", (2, 2)),
        ("token_error_rate", "A", "", (1, 1)),
        ("phoneme_error_rate", "B A", "A B", (2, 2)),
        ("character_error_rate", "kitten", "sitting", (3, 7)),
        ("exact_match", " yes ", "yes", (0, 1)),
        ("exact_match", "Yes", "yes", (1, 1)),
    ],
)
def test_errors_are_counted_as_by_hand(metric: str, prediction: str, target: str, expected: tuple[int, int]) -> None:
    assert METRICS[metric](prediction, target) == expected


def test_settled_means_three_windows_within_a_tenth() -> None:
    assert not settled([])
    assert not settled([1.0, 1.0])
    assert settled([9.0, 1.0, 1.0, 1.0])
    assert settled([1.0, 1.09, 1.05])
    assert not settled([1.0, 1.3, 1.0])
    assert not settled([1.0, 1.0, 1.0, 2.0])
