"""Which models another one beats in everything, by hand."""

from __future__ import annotations

import dataclasses

from jettison.choose import dominations
from jettison.records import Domination, Environment, Measurement

ITEMS = 100


def model(name: str, *, milliseconds: float, size: int, wrong: int) -> Measurement:
    return Measurement(
        candidate=name,
        level="model",
        environment=Environment(name="test", python="3", packages=()),
        model_bytes=size,
        rounds=((milliseconds / 1000,),) * 7,
        metric="accuracy",
        errors=(1.0,) * wrong + (0.0,) * (ITEMS - wrong),
        units=(1.0,) * ITEMS,
        outputs=("x",) * ITEMS,
    )


BASE = model("base", milliseconds=20, size=100, wrong=10)


def test_a_trade_is_no_domination() -> None:
    smaller = model("smaller", milliseconds=21, size=50, wrong=10)
    faster = model("faster", milliseconds=5, size=101, wrong=10)
    righter = model("righter", milliseconds=30, size=110, wrong=9)
    assert dominations((BASE, smaller, faster, righter)) == ()


def test_what_is_larger_slower_and_no_more_right_is_dominated() -> None:
    worse = model("worse", milliseconds=21, size=101, wrong=10)
    assert dominations((BASE, worse)) == (
        Domination(candidate="worse", by="base", larger=True, slower=True, less_right=False),
    )


def test_the_baseline_can_be_dominated_and_equals_are_not() -> None:
    better = model("better", milliseconds=20, size=100, wrong=9)
    (one,) = dominations((BASE, better))
    assert (one.candidate, one.by, one.larger, one.slower, one.less_right) == ("base", "better", False, False, True)
    assert dominations((BASE, dataclasses.replace(BASE, candidate="twin"))) == ()


def test_latencies_that_the_rounds_do_not_tell_apart_count_as_equal() -> None:
    seconds = (0.018, 0.022, 0.019, 0.021, 0.020, 0.023, 0.017)
    noisy = dataclasses.replace(model("noisy", milliseconds=1, size=99, wrong=10), rounds=tuple((s,) for s in seconds))
    # A little slower in the median of some rounds, faster in others: only the bytes are better.
    (one,) = dominations((BASE, noisy))
    assert (one.candidate, one.by, one.larger, one.slower) == ("base", "noisy", True, False)


def test_named_is_the_fastest_that_nothing_beats() -> None:
    good = model("good", milliseconds=10, size=60, wrong=10)
    best = model("best", milliseconds=5, size=50, wrong=10)
    small = model("small", milliseconds=15, size=20, wrong=10)
    found = {one.candidate: one.by for one in dominations((BASE, good, best, small))}
    assert found == {"base": "best", "good": "best"}


def test_without_labels_it_is_the_answers_that_changed_that_count() -> None:
    def without(name: str, size: int, changed: int) -> Measurement:
        plain = dataclasses.replace(model(name, milliseconds=5, size=size, wrong=0), errors=(), units=(), metric="")
        return dataclasses.replace(plain, outputs=("y",) * changed + ("x",) * (ITEMS - changed))

    base, same, changed = without("base", 100, 0), without("same", 50, 0), without("changed", 50, 1)
    found = dominations((base, same, changed))
    assert [(one.candidate, one.by, one.less_right) for one in found] == [
        ("base", "same", False),
        ("changed", "same", True),
    ]
