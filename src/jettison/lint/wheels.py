"""Whether a requirement is installed from a wheel, so that no compiler is needed; from the data of ``wheels.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from .dependencies import Dependency


def has_wheel(each: Dependency, python: tuple[int, int]) -> bool:
    """Known to have a wheel for that Python on Linux x86-64 with glibc, and so has all that it requires."""
    if each.url:
        return each.url.partition("#")[0].endswith(".whl")
    if each.name in _always():
        return True
    since = _table()["since"].get(each.name, {}).get(f"{python[0]}.{python[1]}")
    if since is None:
        return False
    try:
        return Version(each.pinned) >= Version(since) if each.pinned else "<" not in each.specifier
    except InvalidVersion:
        return False


@cache
def _always() -> frozenset[str]:
    return frozenset(_table()["always"]["names"].split())


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("wheels.toml").read_text("utf-8"))
