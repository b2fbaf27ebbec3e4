"""Everything on the page, in the order in which it is read."""

from __future__ import annotations

from dataclasses import dataclass

from ...records import Adaptation, Environment, FleetCheck, Group, Headline, Host, Image, Judgement, Rejected, Report
from ..drawings.bars import GROUP_WORDS, GROUPS, stacked
from ..drawings.svg import Drawing
from ..figures import bytes_text, seconds_text, visible
from ..findings.rows import Row as Found
from ..headlines import headlines
from ..identity import digest
from ..sentences import Outcome, by_key, closing_line, doubts, outcome
from ..sides import sides
from ..tables import Packages, Row, Step, candidates, has_labels, packages, steps
from .cards import Card, cards
from .charts import Bar, Cost, Latency, costs, latency, models
from .replayed import Replayed, replayed

MOST_FOUND = 30
"""So many findings of lint stand on the page."""
DIFF_BYTES = 40_000
"""So much of the diff stands on the page."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The adaptation's diff, line by line."""

    lines: tuple[tuple[str, str], ...]
    """``added``, ``removed``, ``place`` or ``same``, and the line."""
    left_out: int


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the templates lay out."""

    name: str
    version: str
    when: str
    seconds: str
    line: str
    outcome: Outcome
    digest: str
    headlines: tuple[Headline, ...]
    cards: tuple[Card, ...]
    steps: tuple[Step, ...]
    groups: tuple[tuple[Group, str], ...]
    """Those that some step has, with their names."""
    widest: int
    """Unpacked bytes that fill the waterfall."""
    fetched: int
    models: tuple[Bar, ...]
    latency: Latency | None
    costs: tuple[Cost, ...]
    judgements: tuple[Judgement, ...]
    error_rates: tuple[tuple[str, Headline], ...]
    loss: Headline | None
    replay: Replayed | None
    candidates: tuple[Row, ...]
    loss_word: str
    """What the candidates' loss is called."""
    order: str
    rejected: tuple[Rejected, ...]
    found: tuple[Found, ...]
    found_left_out: int
    fleet: tuple[tuple[str, FleetCheck], ...]
    """Candidate and what is known of it on a kind of CPU."""
    adaptation: Adaptation | None
    diff: Diff
    packages: Packages
    heaviest: str
    image: Image | None
    final: Drawing | None
    """The image as built, on a scale of its own."""
    advice: tuple[str, ...]
    doubts: tuple[str, ...]
    host: Host
    environments: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def page(report: Report) -> Page:
    """The page of a report, the differences of its replay named and not yet spelled out."""
    numbers = headlines(report)
    figures = by_key(numbers)
    weighed = packages(report)
    return Page(
        name=visible(report.deployment.name, 60),
        version=visible(report.jettison, 40),
        when=visible(report.started, 40).replace("T", " ").replace("Z", " UTC"),
        seconds=f"took {seconds_text(report.seconds)}",
        line=closing_line(report, figures),
        outcome=outcome(report),
        digest=digest(report),
        headlines=numbers,
        cards=cards(figures),
        steps=steps(report, figures),
        groups=tuple(
            (group, GROUP_WORDS[group])
            for group in GROUPS
            if any(weight.group_bytes(group) for weight in report.weights)
        ),
        widest=max((weight.unpacked_bytes for weight in report.weights), default=0),
        fetched=sum(weight.fetched_bytes for weight in report.weights),
        models=models(report, figures),
        latency=latency(report, figures),
        costs=costs(report, figures),
        judgements=report.final.judgements if report.final else (),
        error_rates=tuple(
            (name, found) for name in ("original", "now") if (found := figures.get(f"{name}: error rate"))
        ),
        loss=figures.get("change: loss") or figures.get("change: answers changed"),
        replay=replayed(report, figures, room=0),
        candidates=candidates(report, figures),
        loss_word="Loss, points" if has_labels(report) else "Answers changed",
        order=", ".join(visible(name, 60) for name in report.verdict.order),
        rejected=report.rejected,
        found=found(report.findings)[:MOST_FOUND],
        found_left_out=max(0, len(report.findings) - MOST_FOUND),
        fleet=tuple((each.name, one) for each in report.candidates for one in each.fleet),
        adaptation=report.adaptation,
        diff=_diff(report),
        packages=weighed,
        heaviest=_heaviest(weighed),
        image=report.image,
        final=_final(report),
        advice=report.advice,
        doubts=doubts(report),
        host=report.host,
        environments=_environments(report),
        notes=report.deployment.notes,
    )


def _diff(report: Report) -> Diff:
    text = report.adaptation.diff if report.adaptation else ""
    lines, left = [], DIFF_BYTES
    for line in text.splitlines():
        left -= len(line.encode())
        if left < 0:
            break
        lines.append((_kind(line), visible(line.expandtabs(4))))
    return Diff(lines=tuple(lines), left_out=len(text.splitlines()) - len(lines))


def _kind(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "place"
    return {"+": "added", "-": "removed"}.get(line[:1], "same")


def _heaviest(weighed: Packages) -> str:
    named = [f"{visible(part.name, 60)} ({bytes_text(part.unpacked_bytes)})" for part in weighed.heavy[:3]]
    return f"The heaviest: {', '.join(named)}."


def _final(report: Report) -> Drawing | None:
    last = report.weights[-1] if report.weights else None
    return stacked(last, widest=last.unpacked_bytes) if report.image and last else None


def _environments(report: Report) -> tuple[tuple[str, str], ...]:
    found = sides(report)
    named = (("Original", found.original), ("Now", found.now))
    return tuple((name, _environment(side.measurement.environment)) for name, side in named if side)


def _environment(where: Environment) -> str:
    packages = ", ".join(visible(f"{name} {version}", 80) for name, version in where.packages)
    return f"Python {visible(where.python, 40)}; {packages}" + (
        f" ({visible(where.stand_in)})" if where.stand_in else ""
    )
