"""The whole run: everything that a reader needs to check every number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .candidate import Adaptation, Candidate, Rejected
from .deployment import Deployment
from .finding import Finding
from .image import Image
from .measurement import Host, Measurement, Replay
from .verdict import Interval, Score, Unit, Verdict
from .weight import Known, Weight


@dataclass(frozen=True, kw_only=True)
class Headline:
    """One number that a reader takes away, computed from raw data and from nothing else."""

    subject: str
    """``original``, ``now``, ``change``, ``candidate <name>`` or ``step <name>``."""
    name: str
    """What it measures: ``median latency``."""
    value: float
    unit: Unit
    samples: int
    """How many raw figures it was computed from."""
    derived: str
    """How."""
    raw: str
    """From which raw data, as a path into report.json."""
    bound: Literal["", "≥", "≤"] = ""
    """When the value is a bound: of what is only partly known, or of a percentile."""
    interval: Interval | None = None
    known: tuple[Known, ...] = ()
    """Of bytes in an image: how they are known, the largest share first."""

    @property
    def key(self) -> str:
        """Names this headline and no other one."""
        return f"{self.subject}: {self.name}"


@dataclass(frozen=True, kw_only=True)
class OutputFile:
    """One file of the output folder."""

    path: str
    """Relative to the output folder, with forward slashes."""
    size_bytes: int
    digest: str
    """sha256 of the content, 64 hex digits."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One claim of a report, held against the raw data or the files beside it."""

    claim: str
    """What was checked: ``change: latency``, ``report.html: now: peak memory``, ``image layer model``."""
    stated: str
    found: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class Report:
    """The sum of a run."""

    jettison: str
    """Version."""
    started: str
    """ISO 8601, UTC."""
    seconds: float
    host: Host
    deployment: Deployment
    weights: tuple[Weight, ...]
    """The waterfall: as found, then after every step, then the image that was built."""
    model_sizes: tuple[tuple[str, int], ...]
    """PyTorch, ONNX, quantized: bytes on disk after each step."""
    candidates: tuple[Candidate, ...]
    rejected: tuple[Rejected, ...]
    adaptation: Adaptation | None
    measurements: tuple[Measurement, ...]
    """On the selection data, at the service level."""
    verdict: Verdict
    image: Image | None
    proof: tuple[Measurement, ...] = ()
    """Original service and finished image, on the verdict data."""
    replay: Replay | None = None
    final: Score | None = None
    """The image held against the original on the verdict data."""
    findings: tuple[Finding, ...] = ()
    """What lint finds in the service's own Dockerfile, requirements and folder."""
    advice: tuple[str, ...] = ()
    """What to do next."""
    files: tuple[OutputFile, ...] = ()
    """Everything in the output folder but the report itself."""
