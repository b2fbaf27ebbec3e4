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
    """Against the original, with its interval: ``11.1× (10.9 to 11.4)``."""
    judgements: tuple[Judgement, ...]

    @property
    def loss(self) -> str:
        """The estimated loss in points with its upper bound: ``0.0800 (≤ 0.140)``."""
        interval = self.judgements[0].interval if self.judgements else None
        return f"{significant(interval.estimate)} (≤ {significant(interval.high)})" if interval else ""

    @property
    def ruling(self) -> str:
        """The worst ruling over all limits."""
        rulings = {judgement.ruling for judgement in self.judgements}
        for ruling in ("refuted", "undecided", "proved", "not asked"):
            if ruling in rulings:
                return ruling
        return ""


def candidates(report: Report, figures: Figures) -> tuple[Row, ...]:
    """Every candidate, in the order in which they were made."""
    scores = {score.candidate: score for score in report.verdict.scores}
    made = []
    for one in report.candidates:
        score = scores.get(one.name)
        made.append(
            Row(
                candidate=one,
                won=one.name == report.verdict.winner,
                model=figures.get(f"candidate {one.name}: model"),
                latency=figures.get(f"candidate {one.name}: median latency"),
                memory=figures.get(f"candidate {one.name}: peak memory"),
                cold_start=figures.get(f"candidate {one.name}: cold start"),
                speed="" if score is None or score.speed is None else _speed(score.speed),
                judgements=score.judgements if score else (),
            )
        )
    return tuple(made)


def _speed(speed: Interval) -> str:
    return f"{significant(speed.estimate)}× ({significant(speed.low)} to {significant(speed.high)})"


def reasons(row: Row) -> tuple[str, ...]:
    """What was done to make a candidate, and how it was checked before it went on."""
    check = row.candidate.check
    checked = (
        ()
        if check is None
        else (
            f"checked against {visible(check.reference)}: same best token in {100 * check.agreement:.4g} % "
            f"of {check.steps:,} steps, worst logit off by {significant(100 * check.worst_difference)} %",
        )
    )
    return (*(visible(line) for line in row.candidate.recipe), *checked)


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
