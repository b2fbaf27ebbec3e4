"""Follows links in an unpacked root as a process inside would see them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

_LINKS_LIMIT = 40


def real_path(root: Path, path: str) -> str:
    """What a path leads to when `root` is ``/``, relative to it. Parts that do not exist are taken as they stand."""
    waiting = list(PurePosixPath(path).parts)[::-1]
    at: list[str] = []
    links = 0
    while waiting:
        part = waiting.pop()
        if part == "/":
            at = []
        elif part == "..":
            at = at[:-1]
        elif links < _LINKS_LIMIT and root.joinpath(*at, part).is_symlink():
            links += 1
            waiting.extend(PurePosixPath(os.readlink(root.joinpath(*at, part))).parts[::-1])  # noqa: PTH115
        else:
            at.append(part)
    return "/".join(at)
