"""What a finding costs: measured or weighed where that was done, else from a dated table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..oci.base_images import base_image
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


def of_bases(project: Project, before: str, after: str) -> Saving | None:
    """What another base image takes away; None when one of them is not known, or when it would be no smaller."""
    sizes: list[int] = []
    sources: list[str] = []
    for reference in (before, after):
        row = base_image(reference)
        size = project.weighed.get(reference, row.unpacked_bytes if row else None)
        if size is None:
            return None
        sizes.append(size)
        sources.append(f"{reference}: {row.source if row and reference not in project.weighed else 'its registry'}")
    if sizes[0] <= sizes[1]:
        return None
    weighed = before in project.weighed and after in project.weighed
    return Saving(
        size_bytes=sizes[0] - sizes[1], known="weighed" if weighed else "table", source="; against ".join(sources)
    )


def of_recommends(packages: Iterable[str]) -> Saving | None:
    """What these Debian packages bring along as recommendations, at least: that of the one that brings most."""
    row = _table()["recommends"]
    known = {name: row["packages"][name] for name in packages if name in row["packages"]}
    if not known:
        return None
    most = max(known, key=lambda name: (known[name], name))
    return Saving(size_bytes=known[most], known="table", source=f"{row['source']}: {most} ({row['date']})")


def of_distribution(project: Project, name: str) -> Saving | None:
    """One distribution: as it was weighed, else its row of the table; None when neither knows it."""
    if name in project.weighed:
        return of_distributions(project, (name,), name)
    return of_table(name) if name in _table() else None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("savings.toml").read_text("utf-8"))
