"""The change of all files as one unified diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from jettison.records import AdaptedFile


def diff(files: Iterable[AdaptedFile]) -> str:
    """What ``git apply`` or ``patch -p1`` takes; empty when nothing changes."""
    return "".join(line for file in files for line in _lines(file))


def _lines(file: AdaptedFile) -> list[str]:
    # str.splitlines would also split at form feeds and the like, which are part of a line to every patch tool.
    before, after = ([f"{line}\n" for line in text.split("\n")] for text in (file.before, file.after))
    for lines in (before, after):
        last = lines.pop()
        if last != "\n":
            lines.append(f"{last}\\ No newline at end of file\n")
    return list(difflib.unified_diff(before, after, f"a/{file.path}", f"b/{file.path}"))
