"""The whole selection, simulated: how often it says "proved" when it should not, and when it should.

`make evidence` runs 2,000 of each; here as many as a few seconds allow. The seed is fixed, and the bounds are those
that are promised plus what chance may add to so few runs (three standard errors).
"""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bench.verdicts import SCENARIOS, Scenario, simulated

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def most(share: float, runs: int) -> float:
    return share + 3 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize(("name", "runs"), [("accuracy-border", 60), ("accuracy-keep-border", 30)])
def test_at_the_border_of_the_limit_it_rarely_says_proved(name: str, runs: int) -> None:
    scenario = BY_NAME[name]
    assert scenario.false
    found = simulated(scenario, runs=runs)
    assert found.chosen > runs / 2, "the selection must let candidates at the border through, or nothing is tested"
    assert found.proved_share <= most(0.05, runs)


@pytest.mark.parametrize("name", ["token-error-border", "f1-border"])
def test_nor_does_the_bootstrap(name: str) -> None:
    # One candidate in place of twelve, so that it takes a few seconds.
    scenario = replace(BY_NAME[name], candidates=1)
    found = simulated(scenario, runs=25)
    assert found.chosen > 0
    assert found.proved_share <= most(0.05, 25)


def test_without_a_loss_it_says_proved_in_four_of_five_runs() -> None:
    runs = 60
    found = simulated(BY_NAME["accuracy-power"], runs=runs)
    assert found.proved_share >= 0.8 - 3 * math.sqrt(0.8 * 0.2 / runs)
    assert found.refuted == 0


def test_the_populations_lose_what_they_are_said_to_lose() -> None:
    """With many items the estimate is the truth: a simulation at the wrong border would prove nothing."""
    import numpy as np

    from jettison.records import Environment, Measurement
    from jettison.statistics import error_rate

    def lost(scenario: Scenario) -> float:
        random = np.random.default_rng(1)
        sides = [
            Measurement(
                candidate="one",
                level="model",
                environment=Environment(name="test", python="3", packages=()),
                model_bytes=1,
                metric=scenario.population.metric,
                **scores,
            )
            for scores in scenario.population.draw(150_000, 1, random)
        ]
        before, after = (error_rate(side) for side in sides)
        assert before is not None
        assert after is not None
        return after - before

    for name, loss, within in (
        ("accuracy-border", 0.010, 0.0012),
        ("accuracy-keep-border", 0.009, 0.0012),
        ("token-error-border", 0.005, 0.0006),
        ("f1-border", 0.010, 0.0012),
        ("auc-border", 0.010, 0.0012),
    ):
        assert lost(BY_NAME[name]) == pytest.approx(loss, abs=within), name
