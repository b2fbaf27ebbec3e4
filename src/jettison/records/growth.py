"""What a running service keeps: read in its processes while it is asked, and what that shows, endpoint by endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .allocation import Allocations
from .envelope import Envelope
from .measurement import Environment, Host
from .remedy import Remedies
from .suspect import Suspect
from .verdict import Interval

Cause = Literal["leak", "cache", "shapes", "retention", "workers", "clean", "unknown"]
"""``leak``: every request leaves something behind. ``cache``: growth that has ended, or ends when nothing new is asked.
``shapes``: growth with sizes that were not seen before. ``retention``: what is in use is constant, and the allocator
keeps more. ``workers``: several processes hold the same. ``unknown``: not enough evidence."""

Phase = Literal["start", "warm-up", "repeated", "new sizes", "new requests", "again", "idle", "trimmed"]
"""What was asked before a reading. ``repeated``: always the same mix of a few requests; ``new sizes``: requests of
sizes not asked before; ``new requests``: requests not asked before, of sizes that were; ``again``: all of these once
more; ``idle``: nothing; ``trimmed``: nothing, after the allocator was asked to give back what it can."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """One process at one moment, its garbage collected. Bytes; None where there is no such meter."""

    pid: int
    """As the service's own world counts."""
    parent: int
    heap_bytes: int | None
    """Given out by the C allocator."""
    blocks_bytes: int | None
    """Given out by pymalloc, which serves Python objects of up to 512 bytes from memory of its own."""
    blocks: int
    """Pieces of memory that Python objects have."""
    arenas_bytes: int | None
    """Kept by pymalloc."""
    resident_bytes: int | None
    anonymous_bytes: int | None
    """Resident and of no file; pages that a fork shares count in each process."""
    proportional_bytes: int | None
    own_bytes: int | None
    """Resident and shared with no other process."""
    peak_bytes: int | None
    """Largest resident so far."""
    threads: int | None
    descriptors: int | None
    seconds: float
    """Of CPU so far."""
    collects: bool
    """Its garbage collector is on, as it is unless the app switches it off."""

    @property
    def in_use_bytes(self) -> int:
        """Given out by the allocators that have a meter."""
        return (self.heap_bytes or 0) + (self.blocks_bytes or 0)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All processes of the service after a batch of requests."""

    phase: Phase
    requests: int
    """Answered so far, all phases."""
    seconds: float
    """Since the first reading."""
    processes: tuple[Held, ...]
    """By process id."""

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that were read."""
        return tuple(each.pid for each in self.processes)

    @property
    def in_use_bytes(self) -> int:
        """Given out by the allocators of all processes."""
        return sum(each.in_use_bytes for each in self.processes)

    @property
    def resident_bytes(self) -> int:
        """What the service occupies: pages that processes share count once where the kernel tells, else each time."""
        return sum(each.proportional_bytes or each.resident_bytes or 0 for each in self.processes)

    @property
    def anonymous_bytes(self) -> int:
        """Resident without the pages of files, which no allocator keeps; with them where the kernel does not tell."""
        return sum(
            each.proportional_bytes or each.resident_bytes or 0
            if each.anonymous_bytes is None
            else each.anonymous_bytes
            for each in self.processes
        )


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One endpoint, soaked in a fresh process."""

    endpoint: str
    """``POST /predict``; parts of the path that look like ids are ``{}``."""
    cause: Cause
    kept: Interval | None
    """Bytes that stay in use for every repeated request, the idle drift subtracted; None when too little was read."""
    reason: str
    """Why this cause, in a sentence."""
    seen_after: int = 0
    """Repeated requests after which the growth was certain; 0 when it was not."""
    bound_bytes: int | None = None
    """What a cache took until it grew no more; None when that was not seen."""
    each_new: Interval | None = None
    """Bytes kept for every new request, or, where the cause is ``shapes``, for every new size."""
    idle_bytes: float = 0.0
    """Growth in the time of one request while nothing is asked."""
    readings: tuple[Reading, ...]
    repeated: int = 0
    """Different requests in the mix that is repeated."""
    statuses: tuple[tuple[int, int], ...] = ()
    """HTTP status and how many answers had it."""
    missing: tuple[tuple[str, str], ...] = ()
    """Meters that there are not, with the reason."""
    ended: str = ""
    """How the service ended while it was soaked; empty when it lived on."""
    notes: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """All that were answered."""
        return self.readings[-1].requests if self.readings else 0

    @property
    def is_open(self) -> bool:
        """It may be a danger: not enough evidence, or a cache of shapes of which no bound was seen."""
        return self.cause == "unknown" or (self.cause == "shapes" and self.bound_bytes is None)

    @property
    def last(self) -> Reading | None:
        """As the service was before the allocator was asked to give back anything."""
        return next((each for each in reversed(self.readings) if each.phase != "trimmed"), None)


@dataclass(frozen=True, kw_only=True)
class Soak:
    """One run of ``jettison soak``."""

    jettison: str
    started: str
    host: Host
    service: str
    command: tuple[str, ...]
    """How it was started."""
    environment: Environment
    growths: tuple[Growth, ...]
    limit_bytes: int | None = None
    """Of the container."""
    rate: float = 1.0
    """Requests a second, for the time until the limit is reached."""
    windows: tuple[Allocations, ...] = ()
    """Of the endpoints that keep something: which lines do."""
    suspects: tuple[Suspect, ...] = ()
    """Lines that are known to cost memory, found by reading."""
    remedies: Remedies | None = None
    """Settings that were tried; None when none was."""
    envelope: Envelope | None = None
    """Where it was asked for."""
    notes: tuple[str, ...] = ()

    def days_left(self, growth: Growth) -> float | None:
        """Days until the limit at the upper bound of what is kept; None without limit, growth, or readings."""
        last = growth.last
        if self.limit_bytes is None or growth.kept is None or growth.kept.high <= 0 or last is None:
            return None
        room = max(0, self.limit_bytes - last.resident_bytes)
        return room / (growth.kept.high * self.rate * 86_400)
