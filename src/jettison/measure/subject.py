"""One side of a comparison, and what all sides are asked."""

from __future__ import annotations

from dataclasses import dataclass

from jettison.records import Environment, Labelled, Level, Request
from jettison.replay.service import Launch


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A candidate that can be started."""

    candidate: str
    level: Level
    launch: Launch
    environment: Environment
    model_bytes: int


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What every subject is asked."""

    requests: tuple[Request, ...]
    labelled: tuple[Labelled, ...] = ()
    metric: str = ""
    """A name that `statistics.metric_named` knows. Without labels, how far an answer agrees with the baseline's; empty:
    every change counts as an error."""
    positive: str = ""
    """The label that counts as positive, for the metrics that need one."""
    code: str = ""
    """Python source of a metric that is the user's own."""
    answer: str = ""
    """Dotted path of the prediction in a JSON answer."""
    scores_within: float = 0.0
    """How far numbers with fractions may lie apart in answers that count as equal."""

    @property
    def opening(self) -> Request:
        """The request whose answer ends a cold start: a real one, not a health check."""
        if self.labelled:
            return self.labelled[0].request
        return next((request for request in self.requests if request.method == "POST"), self.requests[0])
