"""Reads what a window left behind: which stacks still hold memory, and from which part of the window it is.

A program for the service's own Python and world, where memray and the libraries of the stacks are; never imported by
us. ``reading.py CAPTURE MEMRAY_FOLDER`` writes JSON: ``parts`` and ``ended`` (the window was closed in order), and
``stacks``, each with its frames (innermost first: function, file, line, is C), bytes and allocations by part, and some
addresses with their sizes.

The capture is read allocation by allocation: memray's own aggregation counts wrong where threads are merged, and its
snapshots tell milliseconds, where marks tell the parts of the window apart to the allocation.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from tracking import END_BYTES, MARK_BYTES, OWN, load_memray  # type: ignore[import-not-found]

_MOST_PARTS = 1000
_MOST_STACKS = 500
_MOST_ADDRESSES = 24
_HEAD_BYTES = sys.getsizeof(b"")


class Stack:
    """What lives of the allocations with one stack."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self.bytes: dict[int, int] = {}
        self.counts: dict[int, int] = {}
        self.addresses: list[tuple[int, int]] = []

    def add(self, part: int, record: Any) -> None:
        """One allocation more."""
        self.bytes[part] = self.bytes.get(part, 0) + record.size
        self.counts[part] = self.counts.get(part, 0) + 1
        self.addresses.append((record.address, record.size))

    @property
    def rank(self) -> tuple[int, int]:
        """Those first that have survivors of most parts, then those with most bytes."""
        return (-len(self.bytes), -sum(self.bytes.values()))

    def as_json(self, parts: int, native: bool) -> dict[str, Any]:
        """With its frames, and addresses from all of the window."""
        step = max(1, len(self.addresses) // _MOST_ADDRESSES)
        return {
            "stack": _frames(self.record, native),
            "bytes": [self.bytes.get(part, 0) for part in range(parts)],
            "counts": [self.counts.get(part, 0) for part in range(parts)],
            "addresses": self.addresses[::step][:_MOST_ADDRESSES],
        }


def survivors(memray: Any, records: Iterable[Any]) -> tuple[list[Stack], int, bool]:
    """Stacks of what was allocated after the first mark and never let go, the number of parts, and whether the window
    was closed in order; if not, the last part was cut off."""
    kinds = memray.AllocatorType
    frees = {int(kinds.PYMALLOC_FREE), int(kinds.FREE), int(kinds.MUNMAP)}
    living: dict[int, tuple[int, Any]] = {}
    part, ended = -1, False
    for record in records:
        if record.allocator in frees:
            living.pop(record.address, None)
            continue
        number = _mark(record)
        if number == _MOST_PARTS:
            ended = True
            break
        if number is not None:
            part = number
        living[record.address] = (part, record)
    found: dict[tuple[int, int, int], Stack] = {}
    for since, record in living.values():
        if since >= 0:
            key = (record.stack_id, record.native_stack_id, record.native_segment_generation)
            found.setdefault(key, Stack(record)).add(since, record)
    return list(found.values()), part + 1, ended


def _mark(record: Any) -> int | None:
    """The number of a mark, `_MOST_PARTS` for the last one; None for any other allocation."""
    over = record.size - _HEAD_BYTES
    if not (over == END_BYTES or MARK_BYTES <= over < MARK_BYTES + _MOST_PARTS):
        return None
    frames = record.stack_trace(2)
    if not any(file.startswith(OWN) for _, file, _ in frames):
        return None
    return _MOST_PARTS if over == END_BYTES else over - MARK_BYTES


def _frames(record: Any, native: bool) -> list[tuple[str, str, int, bool]]:
    """Innermost first, C frames among those of Python where the capture has them."""
    try:
        stack = record.hybrid_stack_trace() if native else record.stack_trace()
    except (OverflowError, LookupError, RuntimeError):
        stack = record.stack_trace()  # a capture that was cut off may lack the C part of its last stacks
    return [(function, file, line, not _is_python(file)) for function, file, line in stack]


def _is_python(file: str) -> bool:
    """``app.py``, ``<frozen importlib>``, ``<string>``; not ``/lib/libc.so.6`` and not ``<unknown>``."""
    return file.endswith(".py") or (file.startswith("<") and file != "<unknown>")


def main(capture: str, folder: str) -> None:
    """Read a capture and write it down as JSON."""
    memray = load_memray(folder)
    with memray.FileReader(capture) as reader:
        native = reader.metadata.has_native_traces
        stacks, parts, ended = survivors(memray, reader.get_allocation_records())
        ranked = sorted(stacks, key=lambda each: each.rank)[:_MOST_STACKS]
        found = [each.as_json(parts, native) for each in ranked]
        found = [each for each in found if not any(file.startswith(OWN) for _, file, _, _ in each["stack"])]
    json.dump({"parts": parts, "ended": ended, "stacks": found}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
