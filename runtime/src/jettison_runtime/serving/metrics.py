"""Counters for Prometheus, in its text format, with label sets that are fixed when the server starts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ROWS = (1, 2, 4, 8, 16, 32, 64, 128)
OTHER = "other"
"""The label of whatever is not in the table of routes: a client cannot make new series."""


class Counts:
    """A counter for each combination of labels that was seen; the caller takes labels from fixed sets alone."""

    def __init__(self, name: str, help_text: str, labels: tuple[str, ...] = ()) -> None:
        self.name, self.help_text, self.labels = name, help_text, labels
        self.values: dict[tuple[str, ...], float] = {} if labels else {(): 0}

    def add(self, *labels: str, by: float = 1) -> None:
        """Count one more."""
        self.values[labels] = self.values.get(labels, 0) + by

    def lines(self) -> list[str]:
        """In Prometheus' text format."""
        head = [f"# HELP {self.name} {self.help_text}", f"# TYPE {self.name} counter"]
        return head + [f"{self.name}{_labels(self.labels, key)} {_number(n)}" for key, n in sorted(self.values.items())]


class Histogram:
    """How often a value lay below each of some bounds, for each combination of labels."""

    def __init__(self, name: str, help_text: str, bounds: Sequence[float], labels: tuple[str, ...] = ()) -> None:
        self.name, self.help_text, self.bounds, self.labels = name, help_text, tuple(bounds), labels
        self._kept: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count one value."""
        found = self._kept.get(labels)
        if found is None:
            found = self._kept[labels] = [0] * (len(self.bounds) + 1), [0.0]
        found[0][bisect_left(self.bounds, value)] += 1
        found[1][0] += value

    def lines(self) -> list[str]:
        """In Prometheus' text format."""
        found = [f"# HELP {self.name} {self.help_text}", f"# TYPE {self.name} histogram"]
        for key, (counts, (total,)) in sorted(self._kept.items()):
            below = 0
            for bound, count in zip((*map(_number, self.bounds), "+Inf"), counts, strict=True):
                below += count
                found.append(f"{self.name}_bucket{_labels((*self.labels, 'le'), (*key, bound))} {below}")
            found.append(f"{self.name}_sum{_labels(self.labels, key)} {total:.6f}")
            found.append(f"{self.name}_count{_labels(self.labels, key)} {below}")
        return found


class Metrics:
    """All that this server counts."""

    def __init__(self) -> None:
        self.requests = Counts("jettison_requests_total", "Requests by route and status.", ("route", "status"))
        self.shed = Counts("jettison_shed_total", "Requests refused because of load, by reason.", ("reason",))
        self.latency = Histogram(
            "jettison_request_seconds", "From the request's head to the last byte of its answer.", SECONDS, ("route",)
        )
        self.queued = Histogram("jettison_queue_seconds", "Waiting for the model.", SECONDS)
        self.inference = Histogram("jettison_inference_seconds", "One call of the model.", SECONDS)
        self.batches = Histogram("jettison_batch_rows", "Rows of one call of the model.", ROWS)

    def lines(self) -> list[str]:
        """In Prometheus' text format."""
        kept = (self.requests, self.shed, self.latency, self.queued, self.inference, self.batches)
        return [line for each in kept for line in each.lines()]


def gauge(name: str, help_text: str, value: float, labels: dict[str, str] | None = None) -> list[str]:
    """One number of now."""
    given = labels or {}
    line = f"{name}{_labels(tuple(given), tuple(given.values()))} {_number(value)}"
    return [f"# HELP {name} {help_text}", f"# TYPE {name} gauge", line]


def _labels(names: Sequence[str], values: Sequence[str]) -> str:
    if not names:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True)) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
