"""All places where torch, or what belongs to it, comes as a CUDA build, of every tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...records import Change
from ..project import Project

_FOR_GPU = re.compile(r"(?:^|[./_-])(?:gpu|cuda|rocm|nvidia|cu\d{3})(?:[./_-]|$)", re.IGNORECASE)
_NOT_SHIPPED = re.compile(
    r"(?:^|[./_-])(?:dev|develop\w*|tests?|testing|docs?|lint|train\w*|bench\w*)(?:[./_-]|$)", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One place where the CUDA build comes in."""

    tool: str
    """``pip``, ``uv pip``, ``uv``, ``poetry``."""
    names: tuple[str, ...]
    """Of torch, torchvision and torchaudio, those that come from there."""
    by: tuple[str, ...]
    """What requires them; empty when the place names one of them itself."""
    beside_cpu: bool
    """torch itself is the CPU build already, and these are not."""
    file: str
    start: int
    end: int
    changes: tuple[Change, ...]
    """Empty when a person has to decide."""
    advice: str


def arrivals(project: Project) -> tuple[Arrival, ...]:
    """Every such place of a folder that is meant to run without a GPU, in the order of its files."""
    return project.once(_arrivals)


def for_gpu(path: str) -> bool:
    """Whether a file says by its name that it is for a machine with a GPU."""
    return bool(_FOR_GPU.search(path))


def not_shipped(path: str) -> bool:
    """Whether a requirements file says by its name that it is for developers."""
    return bool(_NOT_SHIPPED.search(path))


def _arrivals(project: Project) -> tuple[Arrival, ...]:
    return tuple(_found(project)) if project.on_cpu else ()


def _found(project: Project) -> Iterator[Arrival]:
    from . import pip_installs, poetry_projects, uv_projects

    yield from pip_installs.arrivals(project)
    yield from uv_projects.arrivals(project)
    yield from poetry_projects.arrivals(project)
