from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from jettison.records import Doubt, Group, Headline, Interval, Known, Report
from jettison.report import headlines
from jettison.report.drawings.bars import GROUP_WORDS, GROUPS
from jettison.report.formats.terminal import GROUP_STYLES
from jettison.report.sentences import (
    DOUBTS,
    KNOWN_WORDS,
    by_key,
    change_words,
    closing_line,
    doubts,
    judgement_text,
    outcome,
)

from . import facts

CLOSING_LINES = {
    "full": "pronounce: ≥ 9.11 GB → 131 MB (≥ 69.7× smaller), 11.1× faster, 5.10× less memory; "
    "answers equal on 598 of 600 requests, loss ≤ 0.400 points (95 %)",
    "adapter_refused": "pronounce: ≥ 9.11 GB → 1.07 GB (≥ 8.47× smaller), as fast, as much memory; "
    "answers equal on 600 of 600 requests, loss ≤ 0.299 points (95 %)",
    "nothing_better": "pronounce: nothing better found, kept as it is (≥ 9.11 GB, 91.7 ms a request)",
    "without_labels": "pronounce: ≥ 9.11 GB → 131 MB (≥ 69.7× smaller), 11.1× faster, 5.10× less memory; "
    "answers equal on 598 of 600 requests",
    "without_image": "pronounce: model 11.9 MB → 3.91 MB (3.04× smaller), 11.1× faster, 5.11× less memory",
    "undecided": "pronounce: ≥ 9.11 GB → 131 MB (≥ 69.7× smaller), 11.1× faster, 5.10× less memory; "
    "answers equal on 598 of 600 requests, loss ≤ 5.25 points (95 %); "
    "undecided: loss of token_error_rate at most 0.5 points",
}
OUTCOMES = {
    "full": "Proved",
    "adapter_refused": "Proved",
    "nothing_better": "Kept as it is",
    "without_labels": "Measured",
    "without_image": "Not proved yet",
    "undecided": "Undecided",
}


def line(report: Report) -> str:
    return closing_line(report, by_key(headlines(report)))


@pytest.mark.parametrize("name", facts.ALL)
def test_the_closing_line_says_what_the_records_carry_and_no_more(name: str) -> None:
    assert line(facts.ALL[name]()) == CLOSING_LINES[name]


def test_how_scores_were_compared_is_said_with_the_count() -> None:
    report = facts.ALL["full"]()
    assert report.replay is not None
    bounded = replace(report, replay=replace(report.replay, scores_within=0.02))
    assert "answers equal on 598 of 600 requests, scores within 0.02, loss" in line(bounded)


@pytest.mark.parametrize("name", facts.ALL)
def test_the_outcome_is_said_in_one_word(name: str) -> None:
    assert outcome(facts.ALL[name]()).word == OUTCOMES[name]


def test_the_outcome_carries_the_reason_and_every_limit() -> None:
    assert outcome(facts.full()).text == (
        "int8-blocks ships: the fastest of the candidates that hold every limit. Loss of token_error_rate at most "
        "0.5 points: proved (0.100 points, at most 0.400 points at 95 % confidence, 1,000 samples)."
    )


def test_an_undecided_limit_says_how_many_samples_would_decide() -> None:
    final = facts.undecided().final
    assert final is not None
    assert judgement_text(final.judgements[0]) == (
        "loss of token_error_rate at most 0.5 points: undecided (0.333 points, at most 5.25 points at 95 % confidence, "
        "60 samples, about 1,769 samples would decide)"
    )


def test_a_refuted_limit_outweighs_a_proved_one() -> None:
    full = facts.full()
    assert full.final is not None
    judgements = (replace(full.final.judgements[0], ruling="refuted"), *full.final.judgements)
    ended = outcome(replace(full, final=replace(full.final, judgements=judgements)))
    assert (ended.word, "was packed" in ended.text) == ("Refuted", True)


def factor(value: float, interval: Interval | None = None) -> Headline:
    return Headline(
        subject="change", name="x", value=value, unit="ratio", samples=2, derived="", raw="", interval=interval
    )


def spread(low: float, high: float) -> Interval:
    return Interval(estimate=1.0, low=low, high=high, confidence=0.95, samples=9)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (factor(2.0), "2.00× less"),
        (factor(0.5), "2.00× more"),
        (factor(1.019), "the same"),
        (factor(0.981), "the same"),
        (factor(1.3, spread(1.001, 1.6)), "1.30× less"),
        (factor(1.3, spread(1.0, 1.6)), "the same"),
        (factor(0.8, spread(0.7, 0.999)), "1.25× more"),
        (replace(factor(3.0), bound="≥"), "≥ 3.00× less"),
    ],
)
def test_a_change_is_claimed_only_when_its_interval_leaves_no_doubt(change: Headline, words: str) -> None:
    assert change_words(change, "less", "more", "the same") == words


def test_doubts_are_sentences_that_say_whose_number_they_are_about() -> None:
    assert doubts(facts.undecided()) == (
        "original (service): There are too few samples for narrow intervals.",
        "original (service): The service and the sender of the requests shared one core.",
        "original (service): It ran in the nearest environment that could be had, not in the one it asks for.",
        "original (service): Python 3.11 in place of 3.9.",
        "int8-blocks (image): There are too few samples for narrow intervals.",
        "int8-blocks (image): The service and the sender of the requests shared one core.",
    )
    assert doubts(facts.full()) == ()


def test_every_doubt_group_and_kind_of_knowledge_has_its_words() -> None:
    assert set(DOUBTS) == set(get_args(Doubt))
    assert set(KNOWN_WORDS) == set(get_args(Known))
    assert set(GROUP_WORDS) == set(GROUPS) == set(get_args(Group))
    assert len(GROUP_STYLES) == len(GROUPS)
