"""Which candidate wins: at, just under and just over every limit, by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from jettison.choose import ORIGINAL, as_good, score, verdict
from jettison.records import Answer, Difference, Environment, Limits, Measurement, Observations, Replay

ITEMS = 500


def measured(
    name: str, milliseconds: float, size: int, *, errors: float = 0.0, wrong: int = 0, cold: float = 1.0
) -> Measurement:
    """`wrong` items of ten tokens each lose `errors` tokens."""
    return Measurement(
        candidate=name,
        level="service",
        environment=Environment(name="test", python="3.11", packages=()),
        model_bytes=size,
        cold_start_seconds=(cold,) * 6,
        rounds=tuple((milliseconds / 1000, milliseconds / 1000 * 1.01) for _ in range(9)),
        errors=(errors,) * wrong + (0.0,) * (ITEMS - wrong),
        units=(10.0,) * ITEMS,
    )


def winner(*others: Measurement, limits: Limits | None = None, items: int = 2000) -> str:
    found = verdict(
        (measured(ORIGINAL, 20, 100), *others),
        limits or Limits(loss_points=0.5),
        metric="token_error_rate",
        verdict_items=items,
    )
    return found.winner


def test_the_fastest_wins_and_among_equals_the_smallest() -> None:
    assert winner(measured("a", 10, 50), measured("b", 5, 90)) == "b"
    assert winner(measured("a", 5.2, 50), measured("b", 5, 90)) == "a"
    assert winner(measured("a", 5.3, 50), measured("b", 5, 90)) == "b"


def test_nothing_slower_or_larger_than_the_original_is_handed_back() -> None:
    assert winner(measured("slower", 21, 50)) == ORIGINAL
    assert winner(measured("larger", 5, 101)) == ORIGINAL
    assert winner(measured("as large", 5, 100)) == "as large"
    assert winner() == ORIGINAL


def test_a_loss_that_the_verdict_data_could_not_prove_is_not_chosen() -> None:
    # 10 of 500 items lose one of ten tokens: 0.2 points, about ±0.13 with the unseen item: provable with 2,000.
    assert winner(measured("rough", 5, 10, errors=1, wrong=10), measured("exact", 6, 90)) == "rough"
    # 30 of 500: 0.6 points, over the limit of 0.5 whatever the number of items.
    assert winner(measured("rough", 5, 10, errors=1, wrong=30), measured("exact", 6, 90)) == "exact"
    # The same small loss, but only as many items as the selection had: nothing could be proved.
    assert winner(measured("rough", 5, 10, errors=1, wrong=20), measured("exact", 6, 90), items=500) == ORIGINAL


def test_a_refuted_budget_excludes() -> None:
    limits = Limits(loss_points=0.5, model_bytes=60)
    assert winner(measured("a", 5, 61), measured("b", 9, 60), limits=limits) == "b"
    limits = Limits(loss_points=0.5, cold_start_seconds=2.0)
    assert winner(measured("a", 5, 50, cold=2.1), measured("b", 9, 50, cold=2.0), limits=limits) == "b"


def test_every_candidate_has_its_score_and_the_baseline_none() -> None:
    found = verdict(
        (measured(ORIGINAL, 20, 100), measured("a", 10, 50), measured("b", 30, 50)),
        Limits(),
        metric="token_error_rate",
    )
    assert [score.candidate for score in found.scores] == ["a", "b"]
    assert found.order == ("a",)
    assert found.scores[0].speed is not None
    assert abs(found.scores[0].speed.estimate - 2) < 1e-9
    assert found.scores[0].judgements[0].ruling == "not asked"


def without_labels(name: str, milliseconds: float, *, changed: int = 0) -> Measurement:
    answers = tuple(f"{'other' if index < changed else 'same'} {index}" for index in range(ITEMS))
    return dataclasses.replace(measured(name, milliseconds, 50), errors=(), units=(), outputs=answers)


def test_without_labels_and_limit_what_changes_an_answer_is_not_chosen() -> None:
    def winner_of(*others: Measurement) -> str:
        return verdict((without_labels(ORIGINAL, 20), *others), Limits(), metric="").winner

    assert winner_of(without_labels("rough", 5, changed=1), without_labels("exact", 9)) == "exact"
    assert winner_of(without_labels("rough", 5, changed=1)) == ORIGINAL


def test_with_labels_and_no_limit_what_is_proved_to_be_wrong_more_often_is_not_chosen() -> None:
    # 1 of 500 may be chance, 100 are not.
    assert winner(measured("a", 5, 50, errors=1, wrong=1), limits=Limits()) == "a"
    assert winner(measured("a", 5, 50, errors=1, wrong=100), limits=Limits()) == ORIGINAL


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"peak_memory_bytes": (101,)}, "needs more memory than the original"),
        ({"peak_memory_bytes": (100,)}, ""),
        ({"cold_start_seconds": (1.1, 1.2)}, "starts later than the original"),
        ({"cold_start_seconds": (1.0, 1.2)}, ""),
        ({"model_bytes": 1006}, "larger than the original"),
        ({"model_bytes": 1005}, ""),
        ({"rounds": ((0.021, 0.021),) * 9}, "slower than the original"),
    ],
)
def test_in_what_a_candidate_is_worse_is_said(change: dict[str, Any], objection: str) -> None:
    baseline = dataclasses.replace(measured(ORIGINAL, 20, 1000), peak_memory_bytes=(100,))
    other = dataclasses.replace(measured("a", 5, 50), **change)
    assert score(baseline, other, Limits(), metric="token_error_rate").objection == objection


def test_a_limit_that_was_asked_for_decides_in_place_of_the_original() -> None:
    baseline, other = measured(ORIGINAL, 20, 100), measured("a", 5, 50, cold=1.5)
    limits = Limits(cold_start_seconds=2.0)
    assert score(baseline, other, limits, metric="token_error_rate").objection == ""


def test_why_the_loss_cannot_be_proved_is_said() -> None:
    found = verdict(
        (
            measured(ORIGINAL, 20, 100),
            measured("a", 5, 10, errors=1, wrong=20),
            measured("b", 5, 10, errors=1, wrong=40),
        ),
        Limits(loss_points=0.5),
        metric="token_error_rate",
        verdict_items=500,
    )
    first, second = (each.objection for each in found.scores)
    assert "items to prove, there are 500" in first
    assert second == "loses more than the limit allows, as far as was seen"


def test_what_only_more_items_could_prove_says_how_many_and_nothing_else_does() -> None:
    baseline = measured(ORIGINAL, 20, 100)
    few = measured("few", 5, 10, errors=1, wrong=20)
    rough = measured("rough", 5, 10, errors=1, wrong=40)
    slow = measured("slow", 30, 10, errors=1, wrong=20)
    found = verdict((baseline, few, rough, slow), Limits(loss_points=0.5), metric="", verdict_items=500)
    needed = {each.candidate: each.needed_items for each in found.scores}
    assert needed["rough"] is needed["slow"] is None
    assert found.needed_items == needed["few"]
    assert found.needed_items is not None
    assert found.needed_items > 500
    assert found.reason == f"there are too few items to decide: {found.needed_items:,} would"
    assert verdict((baseline, rough, slow), Limits(loss_points=0.5), metric="").needed_items is None


def test_a_share_to_keep_decides_in_place_of_the_original() -> None:
    baseline, other = measured(ORIGINAL, 20, 100), measured("a", 5, 50, errors=1, wrong=100)
    # 100 of 5,000 tokens are lost, 98 % are kept.
    assert score(baseline, other, Limits(), metric="").objection.startswith("wrong more often")
    assert score(baseline, other, Limits(keep=0.97), metric="").objection == ""
    assert "at least 99 % of the original's: refuted" in score(baseline, other, Limits(keep=0.99), metric="").objection


def builds(smaller: Measurement, *, changed: int = 0, failed: str = "") -> tuple[bool | None, str]:
    """A smaller build of an image held against one that takes 10 ms."""
    larger = measured("larger", 10, 100)
    answer = Answer(status=200, content_type="application/json", body="1")
    replay = Replay(
        candidate=smaller.candidate,
        requests=100,
        differences=tuple(Difference(index=n, request="GET /", expected="1", got="2") for n in range(changed)),
        expected=(answer,) * 100,
        got=(answer,) * 100,
    )
    if failed:
        return as_good(Observations(measurements=(larger,), replays=(), failed=((smaller.candidate, failed),)))
    return as_good(Observations(measurements=(larger, smaller), replays=(replay,)))


def test_a_smaller_build_must_be_as_fast_within_a_tie_and_answer_the_same() -> None:
    assert builds(measured("smaller", 10, 50)) == (True, "1.00 times as fast (between 1.00 and 1.00)")
    assert builds(measured("smaller", 10.5, 50))[0] is True
    assert builds(measured("smaller", 10.6, 50)) == (False, "0.94 times as fast (between 0.94 and 0.94)")
    assert builds(measured("smaller", 10, 50), changed=1) == (False, "1 of 100 answers change")
    assert builds(measured("smaller", 10, 50), failed="no module") == (False, "it does not run (no module)")


def test_a_smaller_build_that_may_be_slower_is_not_decided() -> None:
    often_slower = dataclasses.replace(
        measured("smaller", 10, 50), rounds=tuple((milliseconds / 1000,) * 2 for milliseconds in [9, 12] * 4 + [10])
    )
    good, seen = builds(often_slower)
    assert good is None
    assert "between 0." in seen
