"""What a finding costs: measured or weighed where that was done, else from a dated table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..records import Saving
from .project import Project


def of_table(key: str) -> Saving:
    """A row of ``savings.toml``."""
    row = _table()[key]
    return Saving(size_bytes=row["size_bytes"], known="table", source=f"{row['source']} ({row['date']})")


def of_files(project: Project, paths: Iterable[str]) -> Saving:
    """Files of the folder, by their sizes."""
    sizes = [project.paths.get(path, 0) for path in paths]
    count = f"{len(sizes):,} file{'' if len(sizes) == 1 else 's'}"
    return Saving(size_bytes=sum(sizes), known="measured", source=f"{count} of the folder")


def of_distributions(project: Project, names: Iterable[str], key: str) -> Saving:
    """Distributions as they were weighed; the table's row when they were not."""
    weighed = [project.weighed[name] for name in names if name in project.weighed]
    if weighed:
        return Saving(size_bytes=sum(weighed), known="weighed", source="wheels, as their index serves them")
    return of_table(key)


def of_distribution(project: Project, name: str) -> Saving | None:
    """One distribution: as it was weighed, else its row of the table; None when neither knows it."""
    if name in project.weighed:
        return of_distributions(project, (name,), name)
    return of_table(name) if name in _table() else None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("savings.toml").read_text("utf-8"))
