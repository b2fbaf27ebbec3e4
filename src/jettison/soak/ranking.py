"""From stacks with survivors to the lines that are to blame: pure arithmetic.

The line of a stack is the innermost of the service's own; where none is its own, the innermost of a library that is
neither Python's nor the server's. Lines are ranked by persistence, in how many parts of the window they left survivors,
and only then by size: what is allocated once is large and no leak.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jettison.records import Frame, Kept, Site

SourceOf = Callable[[str], str | None]
"""The path, relative to the service's folder, of a file as the service sees it; None for what is not its own."""

_SERVERS = re.compile(
    r"/(click|waitress|gunicorn|uvicorn|uwsgi|hypercorn|cheroot|gevent|jettison_server|h11|httptools)/"
)
_STANDARD = re.compile(r"/lib(64)?/python3(\.\d+)?/(?!site-packages/|dist-packages/)|^<")
_INTERPRETER = re.compile(
    r"(^|/)(Objects|Python|Modules|Include|Parser)/[\w./]+\.[ch]$|/libpython3|/bin/python3|/python3\.\d+$"
)
_DISPATCH = re.compile(r"/(starlette|fastapi)/(routing|applications|middleware/\w+)\.py$|/flask/(sansio/)?app\.py$")
"""An own frame around such a one is a middleware that hands the request on."""
_BRIDGES = re.compile(r"libffi|_ctypes|/libc[.-]|ld-linux|/memray/")
"""What stands between a Python line and the C function that it calls."""
_MOST_SITES = 30
_MOST_KEPT = 300
_DEEPEST = 60


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What a reader found for one stack."""

    frames: tuple[Frame, ...]
    """Innermost first, without those of the interpreter itself."""
    size_bytes: tuple[int, ...]
    blocks: tuple[int, ...]
    addresses: tuple[tuple[int, int], ...] = ()
    """Of some allocations, with their sizes."""
    pid: int = 0

    @property
    def total(self) -> int:
        """Bytes of all parts."""
        return sum(self.size_bytes)


def stacks(found: Iterable[Mapping[str, Any]], source_of: SourceOf, *, pid: int = 0) -> tuple[Stack, ...]:
    """What a reader wrote, as records."""
    return tuple(
        Stack(
            frames=tuple(_frames(each["stack"], source_of)),
            size_bytes=tuple(each["bytes"]),
            blocks=tuple(each["counts"]),
            addresses=tuple((address, size) for address, size in each.get("addresses", ())),
            pid=pid,
        )
        for each in found
    )


def _frames(stack: Sequence[Sequence[Any]], source_of: SourceOf) -> Iterable[Frame]:
    called = False
    for function, file, line, native in stack[:_DEEPEST]:
        called = called or not native
        if native and (called or _INTERPRETER.search(file) or function in ("", "<unknown>")):
            continue
        source = None if native else source_of(file)
        yield Frame(function=function, file=source or file, line=line, own=source is not None, native=native)


def culprit(frames: Sequence[Frame]) -> Frame | None:
    """The frame that a stack is blamed on; None for an empty one."""
    python = [frame for frame in frames if not frame.native]
    handled = list(itertools.takewhile(lambda frame: not _DISPATCH.search(frame.file), python))
    for chosen in (
        (frame for frame in handled if frame.own),
        (frame for frame in python if not _STANDARD.search(frame.file) and not _SERVERS.search(frame.file)),
        (frame for frame in python if not _STANDARD.search(frame.file)),
        iter(python or frames),
    ):
        found = next(chosen, None)
        if found is not None:
            return found
    return None


def sites(found: Sequence[Stack], requests: Sequence[int]) -> tuple[tuple[Site, tuple[Stack, ...]], ...]:
    """The lines, those to blame first, each with its stacks.

    :param requests: sent in each part of the window
    """
    by_line: dict[tuple[str, int], list[Stack]] = {}
    for stack in found:
        frame = culprit(stack.frames)
        if frame is not None:
            by_line.setdefault((frame.file, frame.line), []).append(stack)
    made = [(_site(group, requests), tuple(group)) for group in by_line.values()]
    # A leak first, whatever else is in every part; then persistence, then size.
    made.sort(key=lambda each: (not each[0].accused, -each[0].windows, -sum(each[0].size_bytes)))
    return tuple(made[:_MOST_SITES])


def _site(group: Sequence[Stack], requests: Sequence[int]) -> Site:
    largest = max(group, key=lambda each: (sum(size > 0 for size in each.size_bytes), each.total))
    frame = culprit(largest.frames)
    assert frame is not None
    native_bytes = sum(each.total for each in group if is_native(each.frames))
    return Site(
        file=frame.file,
        line=frame.line,
        function=frame.function,
        own=frame.own,
        native=native_bytes * 2 > sum(each.total for each in group),
        size_bytes=tuple(map(sum, zip(*(each.size_bytes for each in group), strict=True))),
        blocks=tuple(map(sum, zip(*(each.blocks for each in group), strict=True))),
        requests=tuple(requests),
        stack=largest.frames,
    )


def is_native(frames: Sequence[Frame]) -> bool:
    """It was allocated by C code that Python's line called, not by Python's own objects."""
    return any(
        frame.function.startswith("ffi_call") or not _BRIDGES.search(frame.file) for frame in _leading_native(frames)
    )


def _leading_native(frames: Sequence[Frame]) -> Iterable[Frame]:
    for frame in frames:
        if not frame.native:
            return
        yield frame


def joined(found: Sequence[Site]) -> tuple[Site, ...]:
    """What one line keeps in one holder is one leak, wherever it was allocated.

    Python uses the memory of small objects again without giving it back, so a dict that the app keeps may lie in memory
    that a library's line asked for a moment earlier. Who holds it tells whose it is.
    """
    made: dict[tuple[str, str], Site] = {}
    for number, site in enumerate(sorted(found, key=lambda each: (not each.accused, -sum(each.size_bytes)))):
        key = (site.holder.name, site.place) if site.holder is not None else ("", str(number))
        made[key] = _with(made[key], site) if key in made else site
    return tuple(
        sorted(made.values(), key=lambda each: (not each.accused, not each.own, -each.windows, -sum(each.size_bytes)))
    )


def place(text: str) -> tuple[str, int]:
    """``app.py:12`` as file and line."""
    file, _, line = text.rpartition(":")
    return file, int(line)


def _with(site: Site, other: Site) -> Site:
    return replace(
        site,
        size_bytes=tuple(map(sum, zip(site.size_bytes, other.size_bytes, strict=True))),
        blocks=tuple(map(sum, zip(site.blocks, other.blocks, strict=True))),
    )


def kept(found: Sequence[Stack]) -> tuple[tuple[Frame, ...], tuple[Kept, ...]]:
    """The largest stacks over one table of frames, for a flame graph."""
    table: dict[Frame, int] = {}
    chosen = sorted(found, key=lambda each: -each.total)[:_MOST_KEPT]
    made = tuple(
        Kept(
            stack=tuple(table.setdefault(frame, len(table)) for frame in each.frames),
            size_bytes=each.size_bytes,
            blocks=each.blocks,
        )
        for each in chosen
    )
    return tuple(table), made
