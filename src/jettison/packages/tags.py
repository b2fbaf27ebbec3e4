"""Which wheels a platform runs, and which of several is the best. Names of platforms are uv's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging import tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_DEFAULT_GLIBC_MINOR = 28
"""What uv takes for ``linux`` and ``x86_64-unknown-linux-gnu``."""


def best_wheel(filenames: Iterable[str], *, python: str, platform: str) -> str:
    """The file name that an installer would take: the most specific tags, then the highest build number.

    :param python: ``3.11``
    :param platform: ``x86_64-manylinux_2_36``, ``x86_64-unknown-linux-musl``
    """
    rank = {tag: position for position, tag in enumerate(_tags(python, platform))}

    def order(filename: str) -> tuple[int, tuple[int, str]]:
        try:
            _, _, build, found = parse_wheel_filename(filename)
        except InvalidWheelFilename:
            return len(rank) + 1, (0, "")
        return min(rank.get(tag, len(rank)) for tag in found), (-build[0], build[1]) if build else (0, "")

    return min(sorted(filenames), key=order)


def runs_on(filename: str, *, python: str, platform: str) -> bool:
    """A wheel of that name runs with that Python on that platform."""
    try:
        found = parse_wheel_filename(filename)[3]
    except InvalidWheelFilename:
        return False
    return any(tag in found for tag in _tags(python, platform))


def _tags(python: str, platform: str) -> Iterator[tags.Tag]:
    """Best first."""
    major, minor = (int(part) for part in [*python.split("."), "0"][:2])
    short = f"cp{major}{minor}"
    platforms = list(_platforms(platform))
    yield from tags.cpython_tags((major, minor), abis=[short], platforms=platforms)
    yield from tags.compatible_tags((major, minor), interpreter=short, platforms=platforms)


def _platforms(platform: str) -> Iterator[str]:
    architecture = platform.partition("-")[0] if "-" in platform else "x86_64"
    if "musl" in platform:
        yield from (f"musllinux_1_{minor}_{architecture}" for minor in (2, 1, 0))
        return
    named = re.search(r"manylinux_2_(\d+)", platform)
    newest = int(named[1]) if named else 17 if "manylinux2014" in platform else _DEFAULT_GLIBC_MINOR
    for minor in range(newest, 4, -1):
        yield f"manylinux_2_{minor}_{architecture}"
        if minor in _LEGACY:
            yield f"{_LEGACY[minor]}_{architecture}"
    yield f"linux_{architecture}"
