"""Which body limit to admit, from what ladders of sizes cost. Pure: the same ladders give the same limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jettison.records import Ladder

LEAST_BODY_BYTES = 16 << 10
ROOM = 4
"""Times the largest recorded body, where nothing else is asked for."""
_UNLIMITED = "longer query"
"""Grows the path, which is not what a body limit holds."""


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What a service is to bear."""

    concurrency: int
    """Requests answered at once."""
    held: bool
    """Its server can be told so (`jettison_server`)."""
    workers: int = 1
    max_body_bytes: int | None = None
    limit_bytes: int | None = None
    """Of the container that it is to fit into."""


def body_limits(ladders: Sequence[Ladder], wanted: Admission, recorded_bytes: int) -> tuple[int, ...]:
    """Body limits worth trying, the largest first; the first whose measured need fits is the one.

    Without a container's limit there is one: what was asked for, else `ROOM` times the largest recorded body; no larger
    than the largest that was answered.

    :param recorded_bytes: the largest recorded body.
    """
    sizes = sorted({rung.body_bytes for each in _bodies(ladders) for rung in each.rungs})
    if not sizes:
        return (wanted.max_body_bytes or LEAST_BODY_BYTES,)
    most = min(sizes[-1], wanted.max_body_bytes or max(sizes[-1], recorded_bytes))
    if wanted.limit_bytes is None:
        return (min(most, wanted.max_body_bytes or max(LEAST_BODY_BYTES, ROOM * recorded_bytes)),)
    fitting = [
        size
        for size in sorted({*(size for size in sizes if size < most), most}, reverse=True)
        if needed_bytes(ladders, size, wanted.concurrency) <= wanted.limit_bytes
    ]
    return tuple(fitting) or (sizes[0],)


def needed_bytes(ladders: Sequence[Ladder], body_bytes: int, concurrency: int) -> int:
    """About what the service needs when bodies have at most that size: the base, and so many peaks of the worst."""
    base = max(each.base_bytes for each in ladders)
    return base + concurrency * max(bound_bytes(each, body_bytes) for each in ladders)


def bound_bytes(ladder: Ladder, body_bytes: int) -> int:
    """Upper bound of one request's peak: of the whole ladder, where it is not one of bodies or ends below that size."""
    found = ladder.peak_bytes(body_bytes) if ladder.way != _UNLIMITED else None
    return max(ladder.bounds, default=0) if found is None else found


def _bodies(ladders: Sequence[Ladder]) -> list[Ladder]:
    return [each for each in ladders if each.way != _UNLIMITED and each.rungs]
