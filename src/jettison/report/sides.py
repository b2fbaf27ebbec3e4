"""The two sides of the comparison that a report is about."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Measurement, Report

ORIGINAL = "original"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side, and where in the report its raw data stands."""

    measurement: Measurement
    path: str
    """Into report.json: ``proof[1]``."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The service as found and what jettison made of it; a side that was not measured is None."""

    original: Side | None
    now: Side | None

    @property
    def pair(self) -> tuple[Side, Side] | None:
        """Both, when both were measured."""
        return (self.original, self.now) if self.original and self.now else None


def sides(report: Report) -> Sides:
    """The proof's two sides, the original first; without a proof, the original and the winner among the candidates."""
    if report.proof:
        first, *others = (Side(measurement=one, path=f"proof[{index}]") for index, one in enumerate(report.proof))
        return Sides(original=first, now=others[0] if others else None)
    found = {
        one.candidate: Side(measurement=one, path=f"measurements[{index}]")
        for index, one in enumerate(report.measurements)
    }
    winner = report.verdict.winner
    return Sides(original=found.get(ORIGINAL), now=None if winner == ORIGINAL else found.get(winner))


def same_rounds(one: Measurement, other: Measurement) -> bool:
    """Both were measured in the same interleaved rounds."""
    return len(one.rounds) == len(other.rounds)


def same_items(one: Measurement, other: Measurement) -> bool:
    """Both answered the same labelled items, or the same requests where there are no labels."""
    whole = all(len(side.errors) == len(side.units) for side in (one, other))
    same = one.units == other.units and len(one.counts) == len(other.counts) and one.metric == other.metric
    return whole and same and len(one.outputs) == len(other.outputs)
