"""Which candidate wins: at, just under and just over every limit, by hand."""

from __future__ import annotations

from jettison.choose import ORIGINAL, verdict
from jettison.records import Environment, Limits, Measurement

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
