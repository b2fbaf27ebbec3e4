"""What a finding costs: measured or weighed where that was done, else from a dated table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from ..dockerfile.installs import install_of
from ..dockerfile.runs import RunLine
from ..dockerfile.system_installs import system_install
from ..oci.base_images import base_image
from ..records import Saving
from .apt_words import packages_named
from .builds import Line
from .project import Project

_OF_INDEX = "wheels, as their index serves them"
_OF_MIRROR = "Debian's catalogue of packages"

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
    """Going without distributions, and without what only they ask for, as weighed; else the table's row.

    :param names: a ``*`` stands for anything: ``nvidia-*``
    """
    weights = project.weights
    wanted = tuple(name if "*" in name else canonicalize_name(name) for name in names)
    gone = {name for name in weights.distributions if any(fnmatchcase(name, each) for each in wanted)}
    if not gone:
        return replace(of_table(key), about=wanted)
    while more := {name for name, by in weights.required_by.items() if by and by <= gone} - gone:
        gone |= more
    size = sum(weights.distributions.get(name, 0) for name in gone)
    return replace(_weighed(size, _OF_INDEX), about=tuple(sorted(gone)))


def of_lighter(project: Project, name: str, key: str) -> Saving:
    """The CPU build of a distribution, or the one that takes its place, as weighed; else the table's row."""
    size = project.weights.lighter.get(canonicalize_name(name))
    found = of_table(key) if size is None else _weighed(size, _OF_INDEX)
    return replace(found, about=(canonicalize_name(name),))


def of_distribution(project: Project, name: str) -> Saving | None:
    """Going without one distribution, as weighed, else its row of the table; None when neither knows it."""
    known = canonicalize_name(name) in project.weights.distributions or name in _table()
    return of_distributions(project, (name,), name) if known else None


def of_tools(project: Project, names: Iterable[str]) -> Saving | None:
    """Going without all of these, as weighed, else the table's row of the largest; None when neither knows any."""
    listed = tuple(names)
    if any(canonicalize_name(name) in project.weights.distributions for name in listed):
        return of_distributions(project, listed, listed[0])
    return max((of_table(name) for name in listed if name in _table()), key=lambda each: each.size_bytes, default=None)


def of_debian(project: Project, names: Iterable[str]) -> Saving | None:
    """Going without Debian packages that the Dockerfile names, and without what only they need; None when not weighed.

    What comes only as a recommendation is not in it; what a package shared with one that the Dockerfile has stopped
    naming is.
    """
    gone = frozenset(names)
    if not project.weights.debian:
        return None
    named = {name for build in project.builds for line in build.lines for name, _, _ in packages_named(line)} | gone
    sizes = [size for size, askers in project.weights.debian.values() if askers & named and askers & named <= gone]
    return replace(_weighed(sum(sizes), _OF_MIRROR), about=debian_names(gone)) if sizes else None


def debian_names(packages: Iterable[str]) -> tuple[str, ...]:
    """What a saving is about, told apart from distributions of the same name."""
    return tuple(f"apt {name}" for name in sorted(packages))


def of_line(project: Project, line: RunLine | Line, key: str) -> Saving | None:
    """What an install leaves behind (``pip-cache``: of a command; ``apt-recommends``: of a RUN), as weighed.

    Else the table's row; None when there is none.
    """
    size = project.weights.lines.get((key, line_key(line)))
    if size is None:
        return of_table(key) if key in _table() else None
    return _weighed(size, _OF_MIRROR if isinstance(line, Line) else _OF_INDEX)


def _named(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths, or when they are many, folders that hold them."""
    for depth in (99, 4, 3, 2, 1):
        named = tuple(dict.fromkeys("/".join(path.split("/")[:depth]) for path in paths))
        if len(named) <= _MOST_NAMED:
            break
    return named[:_MOST_NAMED]


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
        size_bytes=sizes[0] - sizes[1],
        known="weighed" if weighed else "table",
        source="; against ".join(sources),
        about=(f"FROM {before}",),
    )


def of_all(savings: Iterable[Saving | None]) -> Saving | None:
    """Several in one, as sure as the least sure of them; None when there is none."""
    known = [each for each in savings if each is not None]
    if not known:
        return None
    least = max(known, key=lambda each: ("measured", "weighed", "table").index(each.known))
    return Saving(
        size_bytes=sum(each.size_bytes for each in known),
        known=least.known,
        source="; and ".join(dict.fromkeys(each.source for each in known)),
        about=tuple(dict.fromkeys(name for each in known for name in each.about)),
    )


def of_recommends(packages: Iterable[str]) -> Saving | None:
    """What these Debian packages bring along as recommendations, at least: that of the one that brings most."""
    row = _table()["recommends"]
    known = {name: row["packages"][name] for name in packages if name in row["packages"]}
    if not known:
        return None
    most = max(known, key=lambda name: (known[name], name))
    return Saving(size_bytes=known[most], known="table", source=f"{row['source']}: {most} ({row['date']})")


def line_key(line: RunLine | Line) -> str:
    """An install as fixes of other things leave it: what it installs, wherever it stands."""
    if isinstance(line, Line):
        installed = system_install(line.runs)
        return " ".join(("apt", *sorted(installed.packages))) if installed else ""
    install = install_of(line)
    words = install.words if install else ()
    return " ".join((install.tool if install else "", *(word for word in words if not word.startswith("--no-"))))


def _weighed(size: int, source: str) -> Saving:
    return Saving(size_bytes=size, known="weighed", source=source)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("savings.toml").read_text("utf-8"))
