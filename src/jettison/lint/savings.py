"""What a finding costs: measured or weighed where that was done, else from a dated table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from ..dockerfile.system_installs import system_install
from ..oci.base_images import base_image
from ..records import Saving
from .project import InstallLine, Line, Project

_OF_INDEX = "wheels, as their index serves them"
_OF_MIRROR = "Debian's catalogue of packages"


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
    """Going without distributions, and without what only they ask for, as weighed; else the table's row.

    :param names: a ``*`` stands for anything: ``nvidia-*``
    """
    weights = project.weights
    wanted = tuple(name if "*" in name else canonicalize_name(name) for name in names)
    gone = {name for name in weights.distributions if any(fnmatchcase(name, each) for each in wanted)}
    if not gone:
        return of_table(key)
    while more := {name for name, by in weights.required_by.items() if by and by <= gone} - gone:
        gone |= more
    return _weighed(sum(weights.distributions.get(name, 0) for name in gone), _OF_INDEX)


def of_lighter(project: Project, name: str, key: str) -> Saving:
    """The CPU build of a distribution, or the one that takes its place, as weighed; else the table's row."""
    size = project.weights.lighter.get(canonicalize_name(name))
    return of_table(key) if size is None else _weighed(size, _OF_INDEX)


def of_line(project: Project, line: InstallLine | Line, key: str) -> Saving:
    """What one install leaves behind (``pip-cache``, ``apt-recommends``), as weighed; else the table's row."""
    size = project.weights.lines.get((key, line_key(line)))
    source = _OF_INDEX if isinstance(line, InstallLine) else _OF_MIRROR
    return of_table(key) if size is None else _weighed(size, source)


def of_bases(project: Project, before: str, after: str) -> Saving | None:
    """What another base image takes away; None when one of them is not known, or when it would be no smaller."""
    known = project.weights.bases
    sizes: list[int] = []
    sources: list[str] = []
    for reference in (before, after):
        row = base_image(reference)
        if reference not in known and row is None:
            return None
        sizes.append(known[reference] if reference in known or row is None else row.unpacked_bytes)
        sources.append(f"{reference}: {row.source if row and reference not in known else 'the image itself'}")
    if sizes[0] <= sizes[1]:
        return None
    weighed = before in known and after in known
    return Saving(
        size_bytes=sizes[0] - sizes[1], known="weighed" if weighed else "table", source="; against ".join(sources)
    )


def line_key(line: InstallLine | Line) -> str:
    """An install as fixes of other things leave it: what it installs, wherever it stands."""
    if isinstance(line, InstallLine):
        return " ".join((line.install.tool, *(word for word in line.install.words if not word.startswith("--no-"))))
    installed = system_install(line.runs)
    return " ".join(("apt", *sorted(installed.packages))) if installed else ""


def _weighed(size: int, source: str) -> Saving:
    return Saving(size_bytes=size, known="weighed", source=source)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("savings.toml").read_text("utf-8"))
