"""What was measured, sample by sample. Every statistic is derived, none is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["model", "service", "image"]

Doubt = Literal[
    "unstable",
    "few samples",
    "stand-in environment",
    "one core",
    "answers changed under load",
    "load average",
]
"""The closed list of reasons to distrust a number; the report says each in a sentence."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine's identity. Numbers of different identities are never put in one ranking."""

    cpu: str
    flags: tuple[str, ...]
    """Those that decide which kernels run: avx2, avx512_vnni, amx_int8, …"""
    cores: int
    """Usable by this process: affinity and quota applied."""
    quota: float | None = None
    """Cores that the container may use; None without a limit."""
    memory_bytes: int
    system: str
    python: str
    load_average: float


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Where a subject ran."""

    name: str
    python: str
    packages: tuple[tuple[str, str], ...]
    """Distribution and version of what matters: torch, transformers, onnxruntime, numpy, flask."""
    stand_in: str = ""
    """In what it differs from what the service asks for; empty when it is the same."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back for one request."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One request that the two sides answer differently."""

    index: int
    """Of the request."""
    request: str
    expected: str
    got: str


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One candidate's cost and its answers, in raw samples."""

    candidate: str
    level: Level
    environment: Environment
    model_bytes: int
    load_seconds: tuple[float, ...] = ()
    """From the start of the process to the first accepted connection."""
    cold_start_seconds: tuple[float, ...] = ()
    """From the start of the process to the end of the first right answer."""
    warmup_seconds: tuple[float, ...] = ()
    rounds: tuple[tuple[float, ...], ...] = ()
    """Latencies in seconds, a tuple per interleaved block; block i of every candidate is of the same round."""
    peak_memory_bytes: tuple[int, ...] = ()
    """Sum over the process tree of each process's largest resident set, one figure a process start."""
    metric: str = ""
    """By which the labelled items were scored; empty without any."""
    agreement: bool = False
    """There are no labels: the items are scored against the baseline's own answers."""
    errors: tuple[float, ...] = ()
    """Errors per labelled item, in the metric's own units (edits, or 0 and 1)."""
    units: tuple[float, ...] = ()
    """Size per labelled item in the same units (tokens, or 1): the rate is sum(errors) / sum(units)."""
    counts: tuple[tuple[float, ...], ...] = ()
    """In place of both, a row per labelled item, for a metric that is only defined over all of them (F1, AUC, chrF)."""
    outputs: tuple[str, ...] = ()
    """Answers to the labelled items, or to the recorded requests where there are no labels."""
    doubts: tuple[Doubt, ...] = ()

    @property
    def seconds(self) -> tuple[float, ...]:
        """All latency samples after warm-up."""
        return tuple(value for block in self.rounds for value in block)

    @property
    def scored(self) -> bool:
        """There are labelled items, and so a score."""
        return bool(self.counts) or sum(self.units) > 0


@dataclass(frozen=True, kw_only=True)
class Replay:
    """The recorded requests sent to the original and to one candidate, answers compared at the HTTP boundary."""

    candidate: str
    requests: int
    differences: tuple[Difference, ...]
    """Every one."""
    unstable: tuple[int, ...] = ()
    """Requests that the original itself answers differently from one time to the next: not compared."""
    expected: tuple[Answer, ...]
    """The original's, one a request."""
    got: tuple[Answer, ...]
    """The candidate's, one a request."""
    otherwise: tuple[Answer, ...] = ()
    """What the original answered another time, one for each of `unstable`."""
    scores_within: float = 0.0
    """How far numbers with fractions may lie apart in answers that count as equal; 0: as far as rounding goes."""


@dataclass(frozen=True, kw_only=True)
class Observations:
    """What came of running several candidates side by side."""

    measurements: tuple[Measurement, ...]
    """The baseline first."""
    replays: tuple[Replay, ...]
    """One for every other candidate."""
    failed: tuple[tuple[str, str], ...] = ()
    """Candidates that did not start or stopped answering, with the reason."""
