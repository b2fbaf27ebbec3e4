"""The rows that more than one format shows. Every number in them is a headline or stands in a record."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Candidate, Headline, Interval, Judgement, Part, Report, Weight
from .figures import bytes_text, significant, visible
from .sentences import Figures

HEAVY_PACKAGES = 40
"""How many packages are listed one by one; the lighter ones are summed."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One bar of the waterfall."""

    weight: Weight
    before: Weight | None
    unpacked: Headline
    pulled: Headline

    @property
    def change(self) -> str:
        """What this step changed, unpacked: ``−7.02 GB``; empty for the first one."""
        if self.before is None:
            return ""
        change = self.weight.unpacked_bytes - self.before.unpacked_bytes
        return f"{'+' if change > 0 else '−' if change < 0 else '±'}{bytes_text(abs(change))}"


def steps(report: Report, figures: Figures) -> tuple[Step, ...]:
    """The waterfall, from as found to final."""
    before = (None, *report.weights)
    return tuple(
        Step(
            weight=weight,
            before=before[index],
            unpacked=figures[f"step {weight.name}: image, unpacked"],
            pulled=figures[f"step {weight.name}: image, pulled"],
        )
        for index, weight in enumerate(report.weights)
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One candidate, with what it costs and how it was judged."""

    candidate: Candidate
    won: bool
    model: Headline | None
    latency: Headline | None
    memory: Headline | None
    cold_start: Headline | None
    speed: str
    """Against the original: ``11.1×``."""
    speed_interval: str
    """``10.9 to 11.4``."""
    judgements: tuple[Judgement, ...]
    objection: str
    """Why it may not ship."""
    labelled: bool
    """There are right answers, so a loss is a loss; else it is the share of answers that changed."""
    place: int
    """Among those that may, from 1 on; 0 for the others."""

    @property
    def loss(self) -> str:
        """The estimated loss in points: ``0.0800``; of the answers without labels: ``0.333 %``."""
        return self._share(self._loss.estimate) if self._loss else ""

    @property
    def loss_bound(self) -> str:
        """Its upper bound: ``≤ 0.140``."""
        return f"≤ {self._share(self._loss.high)}" if self._loss else ""

    @property
    def standing(self) -> str:
        """What became of it, in a word."""
        if self.won:
            return "chosen"
        if not self.judgements:
            return ""
        return f"place {self.place}" if self.place else "no"

    def _share(self, points: float) -> str:
        return significant(points) + ("" if self.labelled else " %")

    @property
    def _loss(self) -> Interval | None:
        return self.judgements[0].interval if self.judgements else None


def has_labels(report: Report) -> bool:
    """The candidates were asked for what has a right answer."""
    first = next(iter(report.measurements), None)
    return first is None or (first.scored and not first.agreement)


def candidates(report: Report, figures: Figures) -> tuple[Row, ...]:
    """Every candidate, in the order in which they were made."""
    scores = {score.candidate: score for score in report.verdict.scores}
    order, made = report.verdict.order, []
    for one in report.candidates:
        score = scores.get(one.name)
        speed = score.speed if score else None
        made.append(
            Row(
                candidate=one,
                won=one.name == report.verdict.winner,
                model=figures.get(f"candidate {one.name}: model"),
                latency=figures.get(f"candidate {one.name}: median latency"),
                memory=figures.get(f"candidate {one.name}: peak memory"),
                cold_start=figures.get(f"candidate {one.name}: cold start"),
                speed=f"{significant(speed.estimate)}×" if speed else "",
                speed_interval=f"{significant(speed.low)} to {significant(speed.high)}" if speed else "",
                judgements=score.judgements if score else (),
                objection=visible(score.objection) if score else "",
                labelled=has_labels(report),
                place=order.index(one.name) + 1 if one.name in order else 0,
            )
        )
    return tuple(made)


def reasons(row: Row) -> tuple[str, ...]:
    """What was done to make a candidate, how it was checked before it went on, and what speaks against it."""
    check = row.candidate.check
    checked = (
        ()
        if check is None
        else (
            f"checked against {visible(check.reference)}: {visible(check.agreed)} in {100 * check.agreement:.4g} % "
            f"of {check.steps:,} {visible(check.unit)}, "
            f"worst logit off by {significant(100 * check.worst_difference)} %",
        )
    )
    against = (f"not chosen: {row.objection}",) if row.objection else ()
    return (*(visible(line) for line in row.candidate.recipe), *checked, *against)


@dataclass(frozen=True, kw_only=True)
class Packages:
    """What weighs most in the image as found."""

    heavy: tuple[Part, ...]
    others: int
    others_bytes: int


def packages(report: Report) -> Packages:
    """Python and system packages of the image as found, the heaviest first."""
    parts = report.weights[0].parts if report.weights else ()
    ordered = sorted(
        (part for part in parts if part.group in ("python", "system")),
        key=lambda part: (-part.unpacked_bytes, part.name),
    )
    rest = ordered[HEAVY_PACKAGES:]
    return Packages(
        heavy=tuple(ordered[:HEAVY_PACKAGES]), others=len(rest), others_bytes=sum(part.unpacked_bytes for part in rest)
    )
