"""Several models for one job under the same data: what ``jettison compare`` finds."""

from __future__ import annotations

from dataclasses import dataclass

from .deployment import Limits
from .measurement import Host, Observations
from .verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class Domination:
    """A model that another one beats: better in one of bytes, latency and right answers, worse in none."""

    candidate: str
    by: str
    larger: bool
    """Else of the same size."""
    slower: bool
    """Else as fast, as far as the rounds tell."""
    less_right: bool
    """Else as right on the same items."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The sum of one comparison."""

    jettison: str
    """Version."""
    started: str
    """ISO 8601, UTC."""
    host: Host
    task: str
    """Of the models: ``text2text-generation``, ``text-classification``, …"""
    data: str
    """The file that all were asked."""
    metric: str
    """By which answers were scored."""
    limits: Limits
    """As asked for."""
    judged_at: float
    """The confidence of each single ruling: all of them together hold with that of the limits."""
    observations: Observations
    verdict: Verdict
    dominated: tuple[Domination, ...]
    notes: tuple[str, ...] = ()
    """On the data, in sentences."""
