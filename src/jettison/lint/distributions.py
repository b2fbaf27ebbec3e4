"""What is known of distributions: how they are imported, what they are for, and what uses them unasked.

The knowledge is the data of ``distributions.toml``; what is not in it is never said to be of no use.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
"""The distributions of ``cv2``; two of them in one environment overwrite each other's files."""


def modules_of(name: str) -> tuple[str, ...]:
    """The top-level modules that a distribution is imported by."""
    known = _table()["modules"].get(name)
    return tuple(known) if known else (name.replace("-", "_"),)


def distribution_of(module: str) -> str:
    """The distribution that a top-level module comes from, by its best known name."""
    return _by_module().get(module, canonicalize_name(module))


def opencv_required_by(name: str) -> str:
    """The build of OpenCV that a distribution requires; empty when it requires none that is known."""
    return next((build for build, names in _table()["require_opencv"].items() if name in names.split()), "")


def loads_libgl(name: str) -> bool:
    """It loads libGL, GLib or libraries of X11 itself."""
    return name in _table()["need_libgl"]["names"].split()


def is_idle_unless_imported(name: str) -> bool:
    """It does nothing for a service whose code does not import it, and is not what pickled models are made of."""
    return name in _idle()


def is_in_pickles(name: str) -> bool:
    """Like `is_idle_unless_imported`, but a pickled model may hold its objects."""
    return name in _in_pickles()


def tool_kind(name: str) -> str:
    """``notebook``, ``test``, ``lint``, ``docs``, ``packaging``, ``training`` or ``plotting``; empty for all else."""
    return _tools().get(name, "")


def user_of(name: str, present: Iterable[str], words: str) -> str:
    """The distribution that uses this one on behalf of the service; empty when none is known to.

    :param present: canonical names of those that the service has.
    :param words: names and strings of the service's code, a line each.
    """
    own = _table()["builds_of"].get(name, name)
    always, when = _users(own)
    for other in sorted(present):
        if other in (name, own):
            continue
        if always and always.match(other):
            return other
        if any(pattern.match(other) and found.search(words) for pattern, found in when):
            return other
    return ""


@cache
def _users(name: str) -> tuple[re.Pattern[str] | None, tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]]:
    row = _table()["used"].get(name, {})
    always = row.get("always", "").split()
    when = row.get("when", {})
    return (
        re.compile("|".join(map(fnmatch.translate, always))) if always else None,
        tuple((re.compile(fnmatch.translate(other)), re.compile(found)) for other, found in when.items()),
    )


@cache
def _by_module() -> dict[str, str]:
    known: dict[str, str] = {}
    for name, modules in _table()["modules"].items():
        for module in modules:
            if name not in _table()["builds_of"]:
                known.setdefault(module, name)
    return known


@cache
def _idle() -> frozenset[str]:
    return frozenset(_table()["idle"]["names"].split())


@cache
def _in_pickles() -> frozenset[str]:
    return frozenset(_table()["idle"]["in_pickles"].split())


@cache
def _tools() -> dict[str, str]:
    return {name: kind for kind, names in _table()["tools"].items() for name in names.split()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("distributions.toml").read_text("utf-8"))
