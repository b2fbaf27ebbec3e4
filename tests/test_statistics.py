"""Every expected number here was worked out by hand; the formula stands beside it where it is not plain."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from jettison.records import Environment, Interval, Limits, Measurement
from jettison.statistics import (
    chance_of_rise,
    earned_percentile,
    exact,
    flips_interval,
    judgements,
    loss_interval,
    median,
    needed_for_percentile,
    needed_items,
    needed_pairs,
    percentile_interval,
    range_interval,
    rate,
    ratio_of_medians,
    ruling,
    slope,
)


def test_the_median_is_the_middle_value_or_the_mean_of_the_two_middle_ones() -> None:
    assert median([3.0, 1.0, 2.0]) == 2.0
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert median([7.0]) == 7.0


@pytest.mark.parametrize(("percent", "needed"), [(90, 44), (95, 90), (99, 459)])
def test_a_percentile_is_earned_by_the_sample_size_that_loadgen_asks_for_and_not_by_one_less(
    percent: float, needed: int
) -> None:
    assert earned_percentile(range(needed - 1), percent) is None
    assert earned_percentile(range(needed), percent) == needed - 1
    assert needed_for_percentile(percent, confidence=0.99) == needed


@pytest.mark.parametrize(("percent", "with_one_over"), [(90, 64), (95, 130), (99, 662)])
def test_one_value_may_be_over_the_bound_from_the_next_size_of_the_table_on(percent: float, with_one_over: int) -> None:
    assert earned_percentile(range(with_one_over - 1), percent) == with_one_over - 2
    assert earned_percentile(range(with_one_over), percent) == with_one_over - 2


def test_a_percentile_of_a_sample_whose_binomial_coefficients_overflow_a_float_is_earned_too() -> None:
    bound = earned_percentile(range(20_000), 50)
    # Normal approximation: 10,000 + 2.326 standard deviations of 70.7 = 10,164.
    assert bound is not None
    assert 10_160 <= bound <= 10_169


def test_the_order_of_the_values_does_not_matter_to_a_percentile() -> None:
    assert earned_percentile([*range(32, 64), *range(32)], 90) == 62


def test_the_speed_up_is_the_median_of_the_rounds_ratios() -> None:
    interval = ratio_of_medians([(2, 4, 6), (3,), (2, 2)], [(2,), (1,), (2,)])
    assert interval.estimate == 2.0
    assert interval.samples == 3
    assert 1.0 <= interval.low <= 2.0 <= interval.high <= 3.0


def test_a_drift_of_the_machine_that_meets_both_sides_leaves_no_width() -> None:
    drift = (1.0, 1.3, 1.9, 2.4)
    interval = ratio_of_medians([(6.0 * one,) for one in drift], [(2.0 * one,) for one in drift])
    assert (interval.low, interval.estimate, interval.high) == pytest.approx((3.0, 3.0, 3.0))


def test_a_round_without_samples_on_one_side_is_left_out() -> None:
    assert ratio_of_medians([(4.0,), (9.0,)], [(2.0,), ()]).samples == 1


def test_sides_with_other_numbers_of_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio_of_medians([(1.0,), (1.0,)], [(1.0,)])


def test_the_loss_is_the_difference_of_the_micro_averages_in_points() -> None:
    interval = loss_interval([1, 0, 0, 1], [1, 1, 0, 1], [2, 2, 2, 4])
    assert interval.estimate == pytest.approx(100 * 3 / 10 - 100 * 2 / 10)
    assert interval.samples == 4


def test_a_loss_that_every_item_shares_is_as_wide_as_one_unseen_item_makes_it() -> None:
    interval = loss_interval([0] * 3000, [1] * 3000, [10] * 3000)
    assert interval.estimate == pytest.approx(10.0)
    # One item more that lost all ten: drawn at most 3 times in 95 % of the resamples; 90 points over 3001 each.
    assert interval.high == pytest.approx(10 + 3 * 90 / 3001, abs=1e-6)
    assert interval.low == pytest.approx(10 - 3 * 110 / 3001, abs=1e-6)


def test_the_bound_of_a_loss_is_one_sided() -> None:
    before, after = [0.0] * 1000, [2.0] * 50 + [1.0] * 50 + [0.0] * 900
    interval = loss_interval(before, after, [2.0] * 1000)
    # 7.5 points. The squares of the losses (in units of 2) have the mean 0.05 + 0.05 / 4 = 0.0625, so the variance is
    # 0.0625 - 0.075² = 0.0569 and the standard error 0.754 points, times 1.645 for one side at 95 %: 8.74 and 6.26.
    # The item that nobody saw adds 0.1 points and some width.
    assert 8.74 < interval.high < 9.00
    assert 6.00 < interval.low < 6.26


@pytest.mark.parametrize("items", [59, 500, 2000])
def test_without_a_single_difference_the_bound_is_the_rule_of_three(items: int) -> None:
    sizes = [2.0, 4.0] * (items // 2) + [3.0] * (items % 2)
    interval = loss_interval([1.0] * items, [1.0] * items, sizes)
    assert interval.estimate == 0.0
    assert interval.high == pytest.approx(100 * 3 / (items + 1), rel=0.05)
    assert interval.low == pytest.approx(-interval.high, rel=0.05)


def test_the_bound_never_falls_when_one_more_answer_gets_worse() -> None:
    items = 400
    bounds = [
        loss_interval([0.0] * items, [1.0] * worse + [0.0] * (items - worse), [1.0] * items).high for worse in range(6)
    ]
    assert bounds == sorted(bounds)


def test_a_loss_over_no_items_is_refused() -> None:
    with pytest.raises(ValueError, match="no labelled items"):
        loss_interval([], [], [])


def test_the_same_samples_always_give_the_same_interval() -> None:
    before, after = [0.0, 1.0, 0.0] * 40, [1.0, 1.0, 0.0] * 40
    assert loss_interval(before, after, [1.0] * 120) == loss_interval(before, after, [1.0] * 120)


def interval(estimate: float, low: float, high: float, samples: int = 400) -> Interval:
    return Interval(estimate=estimate, low=low, high=high, confidence=0.95, samples=samples)


def test_items_needed_follow_the_width_that_is_seen_and_that_of_the_unseen_item() -> None:
    # The unseen item alone makes 300 / 401 = 0.748 points, so all of these 0.5: they fall with the number of items.
    assert needed_items(interval(0.1, -0.4, 0.6), 0.3) == 1000  # 400 * 0.5 / 0.2
    # Of 4.5 points with 99 items, 3 are the unseen item's: 3 x² + 1.5 x = 1.5 has x = 0.5, so 99 / 0.25.
    assert needed_items(interval(0.5, -4.0, 5.0, samples=99), 2.0) == 396
    assert needed_items(interval(0.1, 0.0, 0.2), 0.3) == 400
    assert needed_items(interval(0.3, 0.0, 0.6), 0.3) is None
    assert needed_items(interval(0.4, 0.0, 0.6), 0.3) is None


def test_a_percentile_stands_between_order_statistics_on_both_sides() -> None:
    # Of 7 values, P(at most 1 on one side of the median) = 8/128 = 0.0625, P(at most 2) = 29/128 = 0.227.
    found = percentile_interval([5, 1, 7, 2, 6, 3, 4], 50, confidence=0.9)
    assert found == Interval(estimate=4, low=2, high=6, confidence=0.9, samples=7)


def test_a_percentile_that_is_not_earned_has_no_interval() -> None:
    assert percentile_interval(range(58), 95, confidence=0.95) is None  # 0.95 ** 58 = 0.0510
    found = percentile_interval(range(59), 95, confidence=0.95)  # 0.95 ** 59 = 0.0485
    assert found is not None
    assert (found.estimate, found.high) == (56, 58)  # the 57th of 59 values: ceil(0.95 * 59)
    assert needed_for_percentile(95, confidence=0.95) == 59


@pytest.mark.parametrize(("values", "confidence"), [((2.0,), 0.0), ((2.0, 4.0), 0.5), ((3.0, 1.0, 2.0), 0.75)])
def test_a_few_values_span_from_the_smallest_to_the_largest(values: tuple[float, ...], confidence: float) -> None:
    found = range_interval(values)
    assert (found.low, found.high, found.confidence) == (min(values), max(values), confidence)


def test_a_limit_is_proved_at_its_bound_refuted_only_when_all_is_beyond_and_else_undecided() -> None:
    assert ruling(interval(0.2, 0.0, 0.5), 0.5) == "proved"
    assert ruling(interval(0.2, 0.0, math.nextafter(0.5, 1)), 0.5) == "undecided"
    assert ruling(interval(0.7, 0.5, 0.9), 0.5) == "undecided"
    assert ruling(interval(0.7, math.nextafter(0.5, 1), 0.9), 0.5) == "refuted"
    assert ruling(exact(140), 140) == "proved"
    assert ruling(exact(141), 140) == "refuted"


BLANK = Measurement(
    candidate="one",
    level="service",
    environment=Environment(name="one", python="3.11", packages=()),
    model_bytes=4_000_000,
)


def labelled(errors: tuple[float, ...]) -> Measurement:
    return replace(BLANK, errors=errors, units=(2.0,) * len(errors))


def test_a_loss_is_judged_whether_a_limit_was_asked_for_or_not() -> None:
    (found,) = judgements(Limits(), labelled((0, 1)), labelled((0, 2)), metric="word_error_rate")
    assert (found.limit, found.ruling) == ("loss of word_error_rate", "not asked")
    assert found.interval is not None
    assert found.interval.estimate == 25.0


def test_an_undecided_loss_says_how_many_items_would_decide() -> None:
    before, after = labelled((0.0,) * 100), labelled((1.0, *(0.0,) * 99))
    (found,) = judgements(Limits(loss_points=0.8), before, after, metric="word_error_rate")
    assert (found.limit, found.ruling) == ("loss of word_error_rate at most 0.8 points", "undecided")
    assert found.interval is not None
    assert found.needed_samples == needed_items(found.interval, 0.8)


def test_a_share_to_keep_is_held_against_the_lower_bound_of_what_is_kept() -> None:
    # 90 of 100 right, then 88 of them and one more: 89/90 = 98.9 % kept; the bound is far below with so few items.
    before = replace(BLANK, metric="accuracy", units=(1.0,) * 100, errors=(1.0,) * 10 + (0.0,) * 90)
    after = replace(before, errors=(0.0,) + (1.0,) * 9 + (1.0,) * 2 + (0.0,) * 88)
    lost = flips_interval(2, 1, 100)
    loss, kept = judgements(Limits(keep=0.97), before, after)
    assert (loss.ruling, kept.ruling, kept.unit) == ("not asked", "undecided", "share")
    assert kept.limit == "accuracy: at least 97 % of the original's"
    assert kept.interval is not None
    assert kept.interval.estimate == pytest.approx(89 / 90)
    assert kept.interval.low == pytest.approx(1 - lost.high / 0.9)
    assert kept.needed_samples == needed_pairs(2, 1, 100, 0.03 * 0.9)
    # At the bound, just over it, and refuted where even the upper one is below.
    for share, ruling_there in (
        (kept.interval.low, "proved"),
        (math.nextafter(kept.interval.low, 1), "undecided"),
        (math.nextafter(kept.interval.high, 0), "undecided"),
        (math.nextafter(kept.interval.high, 2), "refuted"),
    ):
        assert judgements(Limits(keep=share), before, after)[1].ruling == ruling_there


def test_a_share_of_an_error_rate_is_a_share_of_what_is_right() -> None:
    before, after = labelled((0.0, 1.0) * 500), labelled((0.0, 1.1) * 500)
    # Of 2,000 units 500 are wrong before and 550 after: 72.5 % of the 75 % are kept.
    kept = judgements(Limits(keep=0.9), before, after)[1]
    assert kept.interval is not None
    assert kept.interval.estimate == pytest.approx((1 - 0.275) / (1 - 0.25))


def test_nothing_is_kept_of_nothing() -> None:
    before = replace(BLANK, metric="accuracy", units=(1.0,) * 3, errors=(1.0,) * 3)
    kept = judgements(Limits(keep=0.9), before, before)[1]
    assert (kept.ruling, kept.interval) == ("undecided", None)
    assert "scores nothing" in kept.note


def test_without_labels_every_changed_answer_counts_as_an_error() -> None:
    before = replace(BLANK, outputs=("a", "b", "c", "d"))
    after = replace(BLANK, outputs=("a", "b", "c", "x"))
    (found,) = judgements(Limits(loss_points=1), before, after)
    assert found.limit == "answers changed at most 1 points"
    assert found.interval is not None
    assert (found.interval.estimate, found.interval.samples) == (25.0, 4)
    assert found.note == "no labels, so every change counts as an error"


def test_nothing_to_compare_leaves_the_loss_undecided() -> None:
    (found,) = judgements(Limits(loss_points=1), BLANK, BLANK)
    assert (found.ruling, found.interval) == ("undecided", None)


def test_sides_that_answered_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        judgements(Limits(), replace(BLANK, outputs=("a",)), replace(BLANK, outputs=("a", "b")))


def test_every_other_limit_is_held_against_its_own_samples() -> None:
    limits = Limits(
        p95_seconds=0.01, model_bytes=4_000_000, image_bytes=150_000_000, peak_memory_bytes=100, cold_start_seconds=2
    )
    one = replace(
        BLANK,
        outputs=("a",),
        rounds=((0.009,) * 59,),
        peak_memory_bytes=(90, 101, 95),
        cold_start_seconds=(2.5, 2.1, 2.2),
    )
    _, *found = judgements(limits, one, one, image_bytes=150_000_001)
    assert [(judgement.limit, judgement.ruling) for judgement in found] == [
        ("p95 latency at most 10 ms", "proved"),
        ("model at most 4 MB", "proved"),
        ("image at most 150 MB unpacked", "refuted"),
        ("peak memory at most 0.0001 MB", "undecided"),
        ("cold start at most 2 s", "refuted"),
    ]
    assert [judgement.unit for judgement in found] == ["seconds", "bytes", "bytes", "bytes", "seconds"]


def test_a_limit_on_an_image_waits_until_there_is_one() -> None:
    assert len(judgements(Limits(image_bytes=1), labelled((0,)), labelled((0,)))) == 1


def test_a_p95_of_too_few_samples_is_undecided_and_says_how_many_are_needed() -> None:
    one = replace(labelled((0,)), rounds=((0.001,) * 58,))
    found = judgements(Limits(p95_seconds=1.0), one, one)[1]
    assert (found.ruling, found.needed_samples) == ("undecided", 59)
    assert found.note == "58 samples do not earn a p95"


def test_the_slope_is_the_median_of_the_slopes_of_all_pairs() -> None:
    # Slopes of the six pairs: 1, 5/2, 3/3, 4, 2/2, −2.
    assert slope([0, 1, 2, 3], [0, 1, 5, 3]).estimate == 1.0


def test_a_wild_point_does_not_move_the_slope() -> None:
    found = slope(range(12), [2.0 * x + (10_000 if x == 5 else 0) for x in range(12)])
    assert found.estimate == 2.0
    assert found.samples == 12


def test_the_interval_of_a_slope_lies_at_the_ranks_that_the_variance_of_kendalls_score_gives() -> None:
    # Ten values: variance 10 · 9 · 25 / 18 = 125, so 1.96 · √125 = 21.9 of 45 ranks: the 11th slope from each end.
    y = [float(x * x) for x in range(10)]
    slopes = sorted((y[b] - y[a]) / (b - a) for a in range(10) for b in range(a + 1, 10))
    found = slope(range(10), y)
    assert (found.low, found.high) == (slopes[10], slopes[34])
    assert found.estimate == slopes[22]


def test_points_at_one_place_have_no_slope() -> None:
    with pytest.raises(ValueError, match="differ in x"):
        slope([3, 3], [1, 2])


def test_the_chance_of_a_steady_rise_is_that_of_mann_and_kendall() -> None:
    # Score 45, variance 125: z = 44 / √125 = 3.935, of which the normal distribution leaves 4.15e-5 above.
    assert chance_of_rise(range(10)) == pytest.approx(4.15e-5, rel=0.01)
    # Of six pairs five rise and one falls: score 4, variance 4 · 3 · 13 / 18 = 8.667, z = 3 / 2.944 = 1.019.
    assert chance_of_rise([0, 1, 5, 3]) == pytest.approx(0.1541, abs=0.0005)


def test_ties_leave_less_to_chance_and_a_flat_series_does_not_rise() -> None:
    # Score 4, variance (26 · 6 − 2 · (2 · 1 · 9)) / 18 = (156 − 36) / 18 = 6.667: z = 3 / 2.582 = 1.162.
    assert chance_of_rise([0, 0, 1, 1]) == pytest.approx(0.1226, abs=0.0005)
    assert chance_of_rise([7.0] * 12) == 1.0
    assert slope(range(12), [7.0] * 12).high == 0.0
    assert chance_of_rise([3, 2, 1]) == 1.0


def test_the_rate_holds_what_few_steps_bring_where_the_median_of_slopes_sees_nothing() -> None:
    y = [0.0] * 6 + [1000.0] * 12 + [2000.0] * 6  # two steps of 1,000 in 23
    found = rate(range(24), y)
    assert found.estimate == pytest.approx(2000 / 23)
    # By the bootstrap: of 23 draws each brings 1,000 with a chance of 2/23, so 0 to 5 of them in 95 % of the resamples.
    assert (found.low, found.high) == pytest.approx((0, 5000 / 23))
    assert rate([0, 10, 30], [0, 20, 60]).low == rate([0, 10, 30], [0, 20, 60]).high == 2.0
