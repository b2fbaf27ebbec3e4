"""Tango's bound against what it must be: by hand, by brute force, and by how often it is wrong."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from jettison.statistics import flips_interval, needed_pairs

Z = 1.6448536269514722
"""Of one side at 95 %."""


@pytest.mark.parametrize("items", [5, 59, 500, 20_000])
def test_without_a_flip_the_bound_is_the_loss_that_shows_none_once_in_twenty(items: int) -> None:
    found = flips_interval(0, 0, items)
    assert found.estimate == 0
    assert (1 - found.high) ** items == pytest.approx(0.05)
    assert found.low == -found.high


@pytest.mark.parametrize(("lost", "poisson"), [(1, 4.744), (2, 6.296), (3, 7.754), (10, 16.962)])
def test_one_way_flips_have_the_bound_of_clopper_and_pearson(lost: int, poisson: float) -> None:
    # `poisson` is half the chi-square quantile at 95 % with 2 (lost + 1) degrees of freedom, from a table.
    assert 1_000_000 * flips_interval(lost, 0, 1_000_000).high == pytest.approx(poisson, rel=0.006)


def test_with_many_flips_it_is_the_walds_interval_of_a_mean() -> None:
    # (5000 - 4000) / 100,000 = 1 point; variance 0.09 - 0.01² over 100,000 items: 0.0948 points, times 1.645.
    found = flips_interval(5000, 4000, 100_000)
    assert 100 * found.high == pytest.approx(1 + 100 * Z * math.sqrt((0.09 - 0.0001) / 100_000), rel=2e-3)
    assert 100 * found.low == pytest.approx(1 - 100 * Z * math.sqrt((0.09 - 0.0001) / 100_000), rel=4e-3)


def test_the_bound_solves_the_score_equation_with_the_likelihood_maximized_by_search() -> None:
    lost, won, items = 14, 6, 400
    bound = flips_interval(lost, won, items).high

    def likelihood(chance: float) -> float:
        """Logarithm; `chance` is that of a win."""
        return (
            lost * math.log(chance + bound)
            + won * math.log(chance)
            + (items - lost - won) * math.log(1 - 2 * chance - bound)
        )

    steps = [number / 1_000_000 for number in range(1, 100_000)]
    chance = max(steps, key=likelihood)
    expected = items * bound - (lost - won)
    deviation = math.sqrt(items * (2 * chance + bound - bound**2))
    correction = 2.988 - Z * math.sqrt(2.988 * (1 - 2.988 / items))  # 400 (1 - 0.05^(1/400)) = 2.988
    assert (expected - correction) / deviation == pytest.approx(Z, rel=2e-3)


def test_losses_and_wins_are_mirror_images() -> None:
    one, other = flips_interval(9, 3, 200), flips_interval(3, 9, 200)
    assert (one.low, one.high) == (-other.high, -other.low)


@pytest.mark.parametrize(
    ("items", "loss", "flips"),
    [
        (1500, 0.01, 0.02),
        (1500, 0.01, 0.04),
        (1500, 0.01, 0.011),
        (1500, 0.005, 0.005),
        (500, 0.01, 0.02),
        (300, 0.02, 0.06),
        (300, 0.01, 0.01),
        (200, 0.05, 0.3),
    ],
)
def test_false_proofs_at_the_border_are_at_most_five_percent_whatever_the_flips(
    items: int, loss: float, flips: float
) -> None:
    """No simulation: the chance of every outcome, summed over those that are called proved."""
    false = sum(
        chance
        for lost, won, chance in outcomes(items, (flips + loss) / 2, (flips - loss) / 2)
        if flips_interval(lost, won, items).high <= loss
    )
    assert 0.01 < false <= 0.0501


def test_fifteen_hundred_items_prove_a_point_in_four_of_five_cases_when_two_percent_flip() -> None:
    power = sum(
        chance for lost, won, chance in outcomes(1500, 0.01, 0.01) if flips_interval(lost, won, 1500).high <= 0.01
    )
    assert power == pytest.approx(0.83, abs=0.005)


def outcomes(items: int, lost: float, won: float) -> Iterator[tuple[int, int, float]]:
    """All that matter: flips either way as Poisson counts, which only makes them a little more spread."""
    for a, chance in poisson(items * lost):
        for b, other in poisson(items * won):
            if chance * other > 1e-7:
                yield a, b, chance * other


def poisson(mean: float) -> list[tuple[int, float]]:
    if mean == 0:
        return [(0, 1.0)]
    most = int(mean + 6 * math.sqrt(mean) + 8)
    return [(k, math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))) for k in range(most)]


def test_items_needed_are_the_first_number_that_proves_with_flips_as_frequent() -> None:
    needed = needed_pairs(5, 4, 500, 0.01)
    assert needed is not None
    assert flips_interval(5 * needed / 500, 4 * needed / 500, needed).high <= 0.01
    fewer = needed - 1
    assert flips_interval(5 * fewer / 500, 4 * fewer / 500, fewer).high > 0.01
    # What is proved already needs no more than there is; a loss at the limit is never proved.
    assert needed_pairs(0, 0, 500, 0.01) == 500
    assert needed_pairs(5, 0, 500, 0.01) is None
    assert needed_pairs(6, 0, 500, 0.01) is None


def test_the_numbers_that_the_literature_gives_for_no_net_loss() -> None:
    # One-sided 95 %, no net loss seen, 1 point: 1354 items when 5 % flip, 2707 when 10 % do by the normal distribution
    # alone (1.645² * 0.05 / 0.01²); that the loss may stand at its limit makes the score test ask for a little more.
    for flips, normal in ((0.05, 1354), (0.10, 2707)):
        needed = needed_pairs(round(100 * flips), round(100 * flips), 200, 0.01)
        assert needed is not None
        assert normal < needed < 1.06 * normal
