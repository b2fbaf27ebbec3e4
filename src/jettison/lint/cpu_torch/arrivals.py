"""All places where torch, or what belongs to it, comes as a CUDA build, of every tool."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...records import Change
from ..bases import shipped_base
from ..builds import files_named
from ..gpu_machines import for_gpu, runs_on_gpu
from ..project import Project

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


def not_shipped(path: str) -> bool:
    """Whether a requirements file says by its name that it is for developers."""
    return bool(_NOT_SHIPPED.search(path))


def _arrivals(project: Project) -> tuple[Arrival, ...]:
    if not project.on_cpu:
        return ()
    shared = shared_with_gpu(project)
    if runs_on_gpu(project.code.texts, project.code.identifiers):
        advice = 'the code names "cuda" as its device and no other: let it ask torch.cuda.is_available(); then '
        return tuple(replace(each, changes=(), advice=f"{advice}{each.advice}") for each in _found(project))
    return tuple(
        _left_to_a_person(each, shared[each.file]) if each.file in shared else each for each in _found(project)
    )


def _left_to_a_person(each: Arrival, dockerfile: str) -> Arrival:
    return replace(
        each,
        changes=(),
        advice=f"{dockerfile} installs this file too, for a GPU: give each its own; then {each.advice}",
    )


def shared_with_gpu(project: Project) -> dict[str, str]:
    """Requirements files that images for CPUs and one for GPUs are both made of, with the Dockerfile of the latter."""
    of_gpu: dict[str, str] = {}
    of_others: set[str] = set()
    by_path = {file.path: file for file in project.requirement_files}
    for build in project.builds:
        base = shipped_base(project, build)
        is_for_gpu = for_gpu(build.path) or (base is not None and for_gpu(f"{base.repository}:{base.tag}"))
        waiting = [build.below(path) for each in build.installs for path in files_named(build, each)]
        seen: set[str] = set()
        while waiting:
            path = waiting.pop()
            if path not in seen:
                seen.add(path)
                waiting += by_path[path].named_files if path in by_path else ()
        if is_for_gpu:
            of_gpu.update(dict.fromkeys(seen, build.path))
        else:
            of_others |= seen
    return {path: dockerfile for path, dockerfile in of_gpu.items() if path in of_others}


def _found(project: Project) -> Iterator[Arrival]:
    from . import pip_installs, poetry_projects, uv_projects

    yield from pip_installs.arrivals(project)
    yield from uv_projects.arrivals(project)
    yield from poetry_projects.arrivals(project)
