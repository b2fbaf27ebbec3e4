"""What the installs of a Dockerfile bring, for lint: asked of the index and the mirror of this machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from pathlib import Path

from jettison.intake.weigh_build import BuildWeight, build_weight
from jettison.lint import Build, Weights, project
from jettison.lint.savings import line_key
from jettison.records import Progress, Steps
from jettison.workspace import Workspace

LIGHTER = {
    "tensorflow": "tensorflow-cpu",
    "onnxruntime-gpu": "onnxruntime",
    "opencv-python": "opencv-python-headless",
    "opencv-contrib-python": "opencv-contrib-python-headless",
}
"""Distributions with another one that takes their place on a server without a GPU or a screen."""


def weighed(path: Path, workspace: Workspace, *, dockerfile: Path | None = None) -> Steps[Weights]:
    """What the installs of a folder's Dockerfiles bring, as the index and the mirror of this machine serve it.

    What cannot be weighed is in the notes, and its findings take their figures from the table.
    """
    found = project(path, dockerfile=dockerfile)
    total = Weights()
    for build in found.builds or (None,):
        yield Progress(step="weigh", note=build.path if build else found.root.name)
        total = _together(total, (yield from _of_build(found.root, build, workspace)))
    return total


def _of_build(root: Path, build: Build | None, workspace: Workspace) -> Steps[Weights]:
    """What one Dockerfile installs; of a folder without any, what its own files ask for."""
    folder = build.listed.root if build else root
    file = folder / posixpath.relpath(build.path, build.context or ".") if build else None
    found = yield from build_weight(folder, file, workspace)
    sizes: dict[str, int] = {}
    askers: dict[str, frozenset[str]] = {}
    for each in found.python:
        sizes |= each.sizes
        askers |= {wheel.name: frozenset(wheel.required_by) for wheel in each.resolution.wheels}
    lighter: dict[str, int] = {}
    if "torch" in sizes and any(name.startswith(("nvidia-", "triton", "cuda-")) for name in sizes):
        light = yield from build_weight(folder, file, workspace, cpu_torch=True, with_system=False)
        lighter["torch"] = found.python_bytes - light.python_bytes
    for name, other in LIGHTER.items():
        if name in sizes and not askers.get(name):
            light = yield from build_weight(folder, file, workspace, instead={name: other}, with_system=False)
            if not light.missing:
                lighter[name] = found.python_bytes - light.python_bytes
    return Weights(
        distributions=sizes,
        required_by=askers,
        lighter={name: size for name, size in lighter.items() if size > 0},
        debian={name: weight for each in reversed(found.system) for name, weight in each.needed.items()},
        lines=dict(_lines(build, found)) if build else {},
        notes=tuple(f"{build.path}: {note}" if build else note for note in found.missing),
    )


def _lines(build: Build, found: BuildWeight) -> Iterator[tuple[tuple[str, str], int]]:
    """What each install leaves behind, under the rules' own name for it."""
    caches: dict[int, list[int]] = {}  # one RUN may hold several installs, in the same order on both sides
    for weight in found.python:
        caches.setdefault(weight.install.line, []).append(weight.cache_bytes)
    apt = {each.install.line: each for each in found.system}
    for each in build.installs:
        size = caches[each.run.line].pop(0) if caches.get(each.run.line) else 0
        if size:
            yield (f"{each.install.tool}-cache", line_key(each.run)), size
    for line in build.lines:
        system = apt.get(line.runs[0].line) if line.runs else None
        if system and system.recommended_bytes:
            yield ("apt-recommends", line_key(line)), system.recommended_bytes
            yield ("apt-headers", line_key(line)), system.header_bytes


def _together(one: Weights, other: Weights) -> Weights:
    """Two Dockerfiles of one folder; the first one's figures stand where both know a distribution."""
    return Weights(
        distributions={**other.distributions, **one.distributions},
        required_by={**other.required_by, **one.required_by},
        lighter={**other.lighter, **one.lighter},
        debian={**other.debian, **one.debian},
        lines={**other.lines, **one.lines},
        notes=(*one.notes, *other.notes),
    )
