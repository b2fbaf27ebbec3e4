"""Builds of folders that a test writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jettison.intake.build import Build, build
from jettison.intake.dockerfiles import BuildPlan
from tests.intake.folders import write


def built(root: Path, dockerfile: str | None, files: Mapping[str, str | bytes] | None = None) -> Build:
    """The image of a Dockerfile with these files beside it; of the bare folder when it is None."""
    write(root, files or {})
    if dockerfile is None:
        return build(root, None)
    path = root / "Dockerfile"
    path.write_text(dockerfile)
    return build(root, BuildPlan(folder=root, path=path))
