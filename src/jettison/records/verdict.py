"""What the measurements prove, refute, or leave open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ruling = Literal["proved", "refuted", "undecided", "not asked"]

Unit = Literal["bytes", "seconds", "ratio", "points", "share", "count"]
"""Of a number in a report. ``ratio`` is original over now; ``points`` are percentage points; ``share`` is of 1."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its interval."""

    estimate: float
    low: float
    high: float
    confidence: float
    samples: int


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One limit held against one candidate."""

    limit: str
    """What was asked, in words: ``loss of token_error_rate at most 0.5 points``."""
    ruling: Ruling
    interval: Interval | None = None
    unit: Unit = "points"
    """Of the interval."""
    needed_samples: int | None = None
    """When undecided: how many labelled items would decide, were the difference as seen."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One candidate held against the baseline and every limit."""

    candidate: str
    judgements: tuple[Judgement, ...]
    speed: Interval | None = None
    """Baseline latency over this candidate's: above 1 is faster."""
    objection: str = ""
    """Why it may not ship; empty when nothing speaks against it."""
    needed_items: int | None = None
    """How many labelled items would let it be proved, where nothing but their number speaks against it."""

    @property
    def admitted(self) -> bool:
        """No limit is refuted or undecided, and nothing else speaks against it."""
        return not self.objection and all(each.ruling in ("proved", "not asked") for each in self.judgements)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Which candidate wins, and why the others do not."""

    winner: str
    """``original`` when nothing better was found."""
    reason: str
    scores: tuple[Score, ...]
    order: tuple[str, ...] = ()
    """The admitted candidates, best first."""
    needed_items: int | None = None
    """The original stays for want of evidence alone: with so many labelled items a candidate could be proved."""
