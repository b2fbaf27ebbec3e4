"""Ways to deploy a service, and ways that do not fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .fleet import FleetCheck


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """A converted model on disk: the contract between jettison and jettison-runtime."""

    path: Path
    form: str
    """``fp32``, ``int8-blocks``, ``int8-channels``, ``int4-blocks``."""
    digest: str
    """sha256 of the manifest, which holds the digests of everything else."""
    file_bytes: tuple[tuple[str, int], ...]
    """Every file with its size."""

    @property
    def size_bytes(self) -> int:
        """Sum over the files."""
        return sum(size for _, size in self.file_bytes)


@dataclass(frozen=True, kw_only=True)
class Check:
    """What a conversion was compared with before it was let through."""

    reference: str
    worst_difference: float
    """Largest absolute difference of a logit, over the reference's largest absolute logit."""
    cosine: float
    """Mean cosine of the logits."""
    agreement: float
    """Share of steps whose answer is the same; see `agreed`."""
    steps: int
    """How many answers were compared."""
    agreed: str = "same best token"
    """What is the same in those: the best token of a step, the best label, the nearest text."""
    unit: str = "steps"
    """What is counted: steps, answers, texts."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One way to deploy the service. The unchanged service is one too: the baseline."""

    name: str
    """``original`` for the baseline, else the model's form."""
    recipe: tuple[str, ...]
    """What was done, a step a line."""
    model: ModelFolder | None = None
    """None for the baseline."""
    check: Check | None = None
    fleet: tuple[FleetCheck, ...] = ()
    """One for each kind of CPU that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A way that cannot work here. It always reaches the report."""

    name: str
    reason: str
    place: str = ""
    """``file:line`` when a line of the service's code is the reason."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A line of the app that the adapter does not know how to keep right without torch."""

    file: str
    line: int
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AdaptedFile:
    """One source file, before and after."""

    path: str
    """Relative to the service's folder."""
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """The app on the runtime instead of torch; or the lines that stand in the way."""

    files: tuple[AdaptedFile, ...]
    """Only files that change; none when a line is refused."""
    diff: str
    """Unified, for a person to review."""
    removed: tuple[str, ...]
    """Distributions that the image can do without: ``torch``, ``transformers``, and what was there for them."""
    refusals: tuple[Refusal, ...] = ()
    aside: tuple[str, ...] = ()
    """Python files that the entry point never imports: neither adapted nor in the way."""
    notes: tuple[str, ...] = ()
    """What a reviewer should know of a change, ``file:line: sentence``."""

    @property
    def complete(self) -> bool:
        """The adapted app needs the framework no more."""
        return not self.refusals
