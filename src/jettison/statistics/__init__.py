"""The arithmetic of verdicts: pure, seeded, and the same wherever a number is made or checked.

Percentiles are earned as MLPerf's LoadGen earns them; what a candidate loses is bounded by Tango's score interval where
an answer is right or wrong, and by a paired bootstrap over items everywhere else. Each module names its sources.
"""

from __future__ import annotations

from .losses import error_rate, loss_interval, missed_share, needed_items, paired
from .metrics import METRICS, Metric, metric_named
from .pairs import flips_interval, needed_pairs
from .percentiles import (
    earned_percentile,
    exact,
    median,
    needed_for_percentile,
    percentile_interval,
    range_interval,
    ratio_of_medians,
)
from .rulings import judgements, ruling
from .trends import chance_of_rise, rate, slope

__all__ = [
    "METRICS",
    "Metric",
    "chance_of_rise",
    "earned_percentile",
    "error_rate",
    "exact",
    "flips_interval",
    "judgements",
    "loss_interval",
    "median",
    "metric_named",
    "missed_share",
    "needed_for_percentile",
    "needed_items",
    "needed_pairs",
    "paired",
    "percentile_interval",
    "range_interval",
    "rate",
    "ratio_of_medians",
    "ruling",
    "slope",
]
