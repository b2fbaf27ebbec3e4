"""How often the whole selection says "proved" when it should not, and when it should: by simulation.

One run draws twelve candidates and a baseline on selection data, lets `choose.verdict` pick one of them, draws the
answers of the picked one on verdict data of its own, and lets `choose.score` judge it: the code that `optimize` runs.
At the border of the limit every "proved" counts as false; without any true loss every other ruling is a want of power.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jettison.choose import ORIGINAL, score, verdict
from jettison.records import Environment, Limits, Measurement

from .populations import Population, flipping, flipping_labels, ranked, tokens

if TYPE_CHECKING:
    import numpy as np

SEED = 20261128


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is drawn, and what is asked of it."""

    name: str
    what: str
    population: Population
    limits: Limits
    candidates: int = 12
    selection: int = 500
    verdict: int = 1500
    false: bool
    """True: the candidates stand at the border of the limit, so that "proved" is false. Else they lose nothing."""
    runs: int = 2000


@dataclass(frozen=True, kw_only=True)
class Found:
    """Counts of runs by how they ended."""

    runs: int
    chosen: int
    """A candidate was chosen on the selection data."""
    proved: int
    refuted: int

    @property
    def proved_share(self) -> float:
        """Of all runs."""
        return self.proved / self.runs

    @property
    def margin(self) -> float:
        """Two standard errors of that share."""
        share = self.proved_share
        return 2 * math.sqrt(share * (1 - share) / self.runs)


def simulated(scenario: Scenario, *, runs: int | None = None, seed: int = SEED) -> Found:
    """Run the scenario; the same seed gives the same counts."""
    import numpy as np

    random = np.random.default_rng(seed)
    count = runs or scenario.runs
    ended = [_once(scenario, random) for _ in range(count)]
    return Found(
        runs=count,
        chosen=sum(ruling != "" for ruling in ended),
        proved=ended.count("proved"),
        refuted=ended.count("refuted"),
    )


def _once(scenario: Scenario, random: np.random.Generator) -> str:
    """The ruling on what was chosen; empty when nothing was."""
    baseline, *others = _measured(scenario, scenario.selection, scenario.candidates, random)
    chosen = verdict(
        (baseline, *others), scenario.limits, metric=scenario.population.metric, verdict_items=scenario.verdict
    )
    if chosen.winner == ORIGINAL:
        return ""
    before, after = _measured(scenario, scenario.verdict, 1, random)
    held = score(before, after, scenario.limits, metric=scenario.population.metric)
    asked = [each.ruling for each in held.judgements if each.ruling != "not asked"]
    return "refuted" if "refuted" in asked else "undecided" if "undecided" in asked else "proved"


def _measured(scenario: Scenario, items: int, candidates: int, random: np.random.Generator) -> Iterator[Measurement]:
    """The baseline, then candidates of which each is a little faster and smaller than the one before."""
    drawn = scenario.population.draw(items, candidates, random)
    for number, scores in enumerate(drawn):
        seconds = 0.020 if number == 0 else 0.010 * 0.9**number
        yield Measurement(
            candidate=ORIGINAL if number == 0 else f"candidate {number}",
            level="service",
            environment=Environment(name="simulated", python="3", packages=()),
            model_bytes=1_000_000 - 1000 * number,
            rounds=((seconds,),) * 3,
            metric=scenario.population.metric,
            **scores,
        )


_POINT = Limits(loss_points=1.0)
_KEEP = Limits(keep=0.99)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        name="accuracy-border",
        what="accuracy 90 %, true loss 1.0 points (1.5 % of the answers lost, 0.5 % won), asked: at most 1.0 points",
        population=flipping(right=0.9, lost=0.015, won=0.005),
        limits=_POINT,
        false=True,
    ),
    Scenario(
        name="accuracy-one-way-border",
        what="accuracy 90 %, true loss 1.0 points, nothing won, asked: at most 1.0 points",
        population=flipping(right=0.9, lost=0.010, won=0.0),
        limits=_POINT,
        false=True,
    ),
    Scenario(
        name="accuracy-keep-border",
        what="accuracy 90 %, true loss 0.9 points (1.45 % lost, 0.55 % won), asked: keep 99 %",
        population=flipping(right=0.9, lost=0.0145, won=0.0055),
        limits=_KEEP,
        false=True,
    ),
    Scenario(
        name="token-error-border",
        what="token error rate, true loss 0.5 points in items of 3 to 12 tokens, asked: at most 0.5 points",
        population=tokens(lost=0.03, rate=0.05, loss=0.005),
        limits=Limits(loss_points=0.5),
        false=True,
        runs=400,
    ),
    Scenario(
        name="f1-border",
        what="F1 of the positive class at its true loss of 1.0 points, asked: at most 1.0 points",
        population=flipping_labels(positive=0.3, right=0.9, loss=0.01),
        limits=_POINT,
        false=True,
        runs=400,
    ),
    Scenario(
        name="auc-border",
        what="AUC at its true loss of 1.0 points, asked: at most 1.0 points",
        population=ranked(positive=0.3, loss=0.01),
        limits=_POINT,
        false=True,
        runs=200,
    ),
    Scenario(
        name="accuracy-power",
        what="accuracy 90 %, no true loss, 2 % of the answers flip (1 % each way), asked: at most 1.0 points",
        population=flipping(right=0.9, lost=0.01, won=0.01),
        limits=_POINT,
        false=False,
    ),
    Scenario(
        name="accuracy-power-four-percent",
        what="accuracy 90 %, no true loss, 4 % of the answers flip (2 % each way), asked: at most 1.0 points",
        population=flipping(right=0.9, lost=0.02, won=0.02),
        limits=_POINT,
        false=False,
    ),
    Scenario(
        name="accuracy-keep-power",
        what="accuracy 90 %, no true loss, 2 % of the answers flip (1 % each way), asked: keep 99 %",
        population=flipping(right=0.9, lost=0.01, won=0.01),
        limits=_KEEP,
        false=False,
    ),
)


def measured(progress: Callable[[str], object] = lambda line: None) -> dict[str, Any]:
    """Every scenario with its counts, as plain values."""
    made: dict[str, Any] = {}
    for scenario in SCENARIOS:
        found = simulated(scenario)
        progress(f"{scenario.name}: proved in {found.proved_share:.2%} of {found.runs:,} runs")
        made[scenario.name] = {
            "what": scenario.what,
            "candidates": scenario.candidates,
            "selection_items": scenario.selection,
            "verdict_items": scenario.verdict,
            "proved_is_false": scenario.false,
            "runs": found.runs,
            "chosen": found.chosen,
            "proved": found.proved,
            "refuted": found.refuted,
            "proved_share": found.proved_share,
            "two_standard_errors": found.margin,
        }
    return {"seed": SEED, "scenarios": made}
