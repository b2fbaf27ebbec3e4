from __future__ import annotations

import pytest

from jettison.records import Interval, Unit
from jettison.report.figures import bytes_text, in_unit, interval_text, seconds_text, significant, visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.012345, "0.0123"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (52.649, "52.6"),
        (999.6, "1,000"),
        (12_345.0, "12,300"),
        (-0.05, "−0.0500"),
    ],
)
def test_a_number_has_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (141_000_000, "141 MB"),
        (7_413_000_000, "7.41 GB"),
        (2_000_000_000_000_000, "2,000 TB"),
    ],
)
def test_bytes_take_the_unit_that_leaves_one_to_three_digits(value: float, text: str) -> None:
    assert bytes_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 µs"), (0.000412, "412 µs"), (0.0009996, "1.00 ms"), (0.0083, "8.30 ms"), (75.0, "75.0 s")],
)
def test_seconds_take_the_unit_that_leaves_a_digit_before_the_point(value: float, text: str) -> None:
    assert seconds_text(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (11.23, "ratio", "11.2×"),
        (0.214, "points", "0.214 points"),
        (0.0782, "share", "7.82 %"),
        (2000, "count", "2,000"),
        (1.5e6, "bytes", "1.50 MB"),
        (1.5, "seconds", "1.50 s"),
    ],
)
def test_every_unit_has_its_own_form(value: float, unit: Unit, text: str) -> None:
    assert in_unit(value, unit) == text


def test_an_interval_names_both_ends_with_their_unit() -> None:
    interval = Interval(estimate=11.2, low=10.86, high=11.64, confidence=0.95, samples=12)
    assert interval_text(interval, "ratio") == "10.9× to 11.6×"


def test_characters_that_a_terminal_would_act_on_are_spelled_out() -> None:
    assert visible("a\x1b[31mb\nc\u202ed\u200be") == "a\\x1b[31mb\\x0ac\\x202ed\\x200be"


def test_text_of_the_longest_length_stays_whole_and_one_character_more_loses_its_middle() -> None:
    assert visible("x" * 30, 30) == "x" * 30
    assert visible("a" * 20 + "-" + "b" * 10, 30) == "a" * 20 + " … 1 characters … " + "b" * 10


def test_letters_of_any_language_stay_as_they_are() -> None:
    assert visible("naïve 発音 μs") == "naïve 発音 μs"
