"""Which body limit to admit, from what ladders of sizes cost. Pure: the same ladders give the same limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jettison.records import Ladder

LEAST_BODY_BYTES = 16 << 10
ROOM = 4
"""Times the largest recorded body, where nothing else is asked for."""


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

    Without a container's limit there is one: what was asked for, else the usual one, `ROOM` times the largest recorded
    body. More than the usual one has to have been answered; less only where larger bodies were refused.

    :param recorded_bytes: the largest recorded body; 0 where there is none.
    """
    usual = max(LEAST_BODY_BYTES, ROOM * recorded_bytes)
    bodies = [each for each in ladders if each.of_bodies and each.rungs]
    sizes = sorted({rung.body_bytes for each in bodies for rung in each.rungs})
    answered = max(sizes, default=0)
    if not bodies or any(each.refused_bytes is None for each in bodies):
        answered = max(answered, usual)
    if wanted.limit_bytes is None:
        return (min(answered, wanted.max_body_bytes or usual),)
    most = min(answered, wanted.max_body_bytes or answered)
    found: dict[int, int] = {}  # by what is needed: of two limits that need the same the smaller one is no help
    for size in (*(size for size in sizes if size < most), most):
        found[needed_bytes(ladders, size, wanted.concurrency)] = size
    fitting = [size for need, size in found.items() if need <= wanted.limit_bytes]
    return tuple(sorted(fitting, reverse=True)) or (min(most, usual),)


def needed_bytes(ladders: Sequence[Ladder], body_bytes: int, concurrency: int) -> int:
    """About what the service needs when bodies have at most that size: the base, and so many peaks of the worst."""
    base = max(each.base_bytes for each in ladders)
    return base + concurrency * max(bound_bytes(each, body_bytes) for each in ladders)


def bound_bytes(ladder: Ladder, body_bytes: int) -> int:
    """Upper bound of one request's peak: of the whole ladder, where it is not one of bodies or ends below that size."""
    found = ladder.peak_bytes(body_bytes) if ladder.of_bodies else None
    return max(ladder.bounds, default=0) if found is None else found
