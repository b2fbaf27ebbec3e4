"""How much memory this process may have: the container's limit, not the host's memory."""

from __future__ import annotations

import resource
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60
"""cgroup version 1 writes a number past all memory for no limit."""


def memory_limit_bytes(root: Path = _CGROUP, own: Path = Path("/proc/self/cgroup")) -> int | None:
    """The smallest limit of this process' control group and those above it, version 2 or 1; None without one.

    A limit on addresses (``ulimit -v``) counts as well: what is to be resident has to have an address.
    """
    addresses, _ = resource.getrlimit(resource.RLIMIT_AS)
    found = [] if addresses == resource.RLIM_INFINITY else [addresses]
    for top, inside, name in _places(root, own):
        for folder in (inside, *inside.parents):
            found += _number(top / folder / name)
    return min(found, default=None)


def _places(root: Path, own: Path) -> list[tuple[Path, Path, str]]:
    """Where limits may stand, up to the top: in a container at the top itself, else in this process' own group."""
    places = [(root, Path(), "memory.max"), (root / "memory", Path(), "memory.limit_in_bytes")]
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        return places
    for line in lines:
        _, kinds, path = line.split(":", 2)
        inside = Path(path.strip("/"))
        if ".." in inside.parts:  # of a group outside of this container's
            continue
        if not kinds:
            places.append((root, inside, "memory.max"))
        elif "memory" in kinds.split(","):
            places.append((root / "memory", inside, "memory.limit_in_bytes"))
    return places


def _number(file: Path) -> list[int]:
    try:
        value = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # there is none, or it says "max"
        return []
    return [value] if value < _UNLIMITED else []
