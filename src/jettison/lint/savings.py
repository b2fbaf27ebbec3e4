"""What a finding costs: measured or weighed where that was done, else from a dated table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..records import Saving
from .project import Project

_MOST_NAMED = 50
"""Files that a saving lists."""


def of_table(key: str) -> Saving:
    """A row of ``savings.toml``."""
    row = _table()[key]
    return Saving(size_bytes=row["size_bytes"], known="table", source=f"{row['source']} ({row['date']})")


def of_files(project: Project, paths: Iterable[str]) -> Saving:
    """Files of the folder, by their sizes."""
    listed = tuple(paths)
    sizes = [project.paths.get(path, 0) for path in listed]
    count = f"{len(sizes):,} file{'' if len(sizes) == 1 else 's'}"
    return Saving(size_bytes=sum(sizes), known="measured", source=f"{count} of the folder", about=_named(listed))


def of_distributions(project: Project, names: Iterable[str], key: str) -> Saving:
    """Distributions as they were weighed; the table's row when they were not."""
    listed = tuple(names)
    weighed = [project.weighed[name] for name in listed if name in project.weighed]
    if weighed:
        return Saving(
            size_bytes=sum(weighed), known="weighed", source="wheels, as their index serves them", about=listed
        )
    return replace(of_table(key), about=listed)


def _named(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths, or when they are many, folders that hold them."""
    for depth in (99, 4, 3, 2, 1):
        named = tuple(dict.fromkeys("/".join(path.split("/")[:depth]) for path in paths))
        if len(named) <= _MOST_NAMED:
            break
    return named[:_MOST_NAMED]


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("savings.toml").read_text("utf-8"))
