"""How much memory a service needs at its worst: measured terms, the limits that follow from them, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["recorded", "longer text", "more rows", "longer query"]
"""How a recorded request was made larger."""

Outcome = Literal["held", "killed", "starved", "refused", "failed"]
"""``held``: it answered until the end. ``killed``: by the kernel, for want of memory. ``starved``: it was busy
with reading pages of its own files again and again, which the kernel had taken back. ``refused``: it did not start, and
said that the limit is too low. ``failed``: it ended otherwise."""

_MIB = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One size of input, asked a few times one after the other."""

    body_bytes: int
    """Of the body; of the path, where there is no body."""
    rows: int
    """Elements of its longest list; 1 where there is none."""
    peaks: tuple[int, ...]
    """The most memory above `Ladder.base_bytes` while it was answered, each time."""
    seconds: float
    """The longest answer."""


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """One endpoint asked larger and larger inputs in a fresh process."""

    endpoint: str
    way: Way
    base_bytes: int
    """After start and warm-up."""
    rungs: tuple[Rung, ...]
    """Ascending in size."""
    ended: str
    """Why there is no larger one."""
    refused_bytes: int | None = None
    """The size that was too large for the service: it said so (413), or ended."""
    of_bodies: bool = True
    """Its sizes are those of bodies; else of paths, which no body limit holds."""

    @property
    def bounds(self) -> tuple[int, ...]:
        """Upper bound of the peak at each rung: the largest seen up to there, so that it never falls with size."""
        found: list[int] = []
        for rung in self.rungs:
            found.append(max([*rung.peaks, *found[-1:]]))
        return tuple(found)

    def peak_bytes(self, body_bytes: int) -> int | None:
        """Upper bound for inputs of at most that size: that of the next rung upwards; None above the last one."""
        for rung, bound in zip(self.rungs, self.bounds, strict=True):
            if rung.body_bytes >= body_bytes:
                return bound
        return None


@dataclass(frozen=True, kw_only=True)
class Mix:
    """The largest admitted requests, from as many clients as are admitted, in a fresh process."""

    load_peak_bytes: int
    """The most while it started and was warmed up."""
    base_bytes: int
    """After start and warm-up."""
    peak_bytes: int
    """The most that was in use at once and could not be taken back."""
    settled_bytes: int
    """When all was answered."""
    touched_bytes: int
    """Pages of files (libraries, weights) that it used meanwhile."""
    mapped_bytes: int
    """All pages of files that it has in memory."""
    seconds: float
    statuses: tuple[tuple[int, int], ...]
    """HTTP status and how many answers had it; 0: none came."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The worst admitted mix under a limit of the kernel's."""

    limit_bytes: int
    guarded: bool
    """The server checks its certificate when it starts."""
    outcome: Outcome
    said: str = ""
    """How it ended, or what it said."""
    peak_bytes: int = 0
    """The most that could not be taken back, looked at 50 times a second."""
    working_bytes: int = 0
    """The largest working set, as Kubernetes counts: all but pages of files that were not used lately."""
    kernel_peak_bytes: int = 0
    """The most of all, pages of files that could be taken back with it; as the kernel counts."""
    kills: int = 0
    refaults: int = 0
    """Pages of files that were taken back and then needed again, in the second half of the time."""
    seconds: float = 0.0
    statuses: tuple[tuple[int, int], ...] = ()

    @property
    def share(self) -> float:
        """Of the limit that was in use at the peak."""
        return self.working_bytes / self.limit_bytes


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """The memory of one service, measured under one admitted load. All sizes are sums over its processes."""

    meter: str
    """``cgroup v2``, ``cgroup v1``, or what stands in for it."""
    concurrency: int
    """Requests that are answered at once."""
    holds_concurrency: bool
    """The server holds to that number; else it is what its threads come to."""
    connections: int
    """Clients of the mix: those that are not answered yet wait with their requests."""
    workers: int
    max_body_bytes: int
    """Largest admitted body."""
    max_rows: int
    """Elements of the longest list in the mix."""
    files_bytes: int
    """Room for pages of files: the smallest that was tried with which it need not read them again and again."""
    ladders: tuple[Ladder, ...]
    mixes: tuple[Mix, ...]
    """One for each fresh start."""
    leak_bytes: float = 0.0
    """Kept for every request, at most."""
    horizon_requests: int = 0
    """Requests until the next restart."""
    trials: tuple[Trial, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def base_bytes(self) -> int:
        """After start and warm-up."""
        return max(each.base_bytes for each in self.mixes)

    @property
    def retained_bytes(self) -> int:
        """What stays beyond that when the mix has been answered: caches, and what allocators keep."""
        return max(0, max(each.settled_bytes for each in self.mixes) - self.base_bytes)

    @property
    def each_bytes(self) -> int:
        """One admitted request while it is answered, beyond what is retained; `concurrency` of them make the peak."""
        highest = max(each.peak_bytes for each in self.mixes)
        return -(-max(0, highest - self.base_bytes - self.retained_bytes) // self.concurrency)

    @property
    def margin_bytes(self) -> int:
        """By how much fresh starts differ, at least a hundredth of the peak: the next one may be higher by as much."""
        peaks = [each.peak_bytes for each in self.mixes]
        return max(max(peaks) - min(peaks), max(peaks) // 100)

    @property
    def leaked_bytes(self) -> int:
        """What is lost until the next restart."""
        return int(self.leak_bytes * self.horizon_requests)

    @property
    def spare_bytes(self) -> int:
        """A worker that starts while the one that it replaces still answers; 0 where there is one worker alone."""
        return 0 if self.workers == 1 else -(-(self._firm_bytes + self.leaked_bytes) // self.workers)

    @property
    def limit_bytes(self) -> int:
        """Base, retained, what is answered at once, files, margin, leak and spare; at least what loading takes.

        A whole number of MiB, as manifests have it and kernels, which count in pages, can keep to.
        """
        loading = max(each.load_peak_bytes for each in self.mixes) + self.margin_bytes
        serving = self._firm_bytes + self.files_bytes + self.margin_bytes + self.leaked_bytes + self.spare_bytes
        return -(-max(serving, loading) // _MIB) * _MIB

    def holds_within(self, limit_bytes: int | None) -> bool:
        """It lives through its worst under its limit and refuses less, as far as tried, and needs no more than this."""
        lives = all(each.outcome == "held" for each in self.trials if each.limit_bytes >= self.limit_bytes)
        lives = lives and all(each.outcome == "refused" for each in self._lowered if each.guarded)
        return lives and (limit_bytes is None or self.limit_bytes <= limit_bytes)

    @property
    def is_proved(self) -> bool:
        """It was tried under its limit, and lived."""
        return any(each.outcome == "held" and each.limit_bytes >= self.limit_bytes for each in self.trials)

    @property
    def is_padded(self) -> bool:
        """It lived under much less, its guard off: it needs less than was measured."""
        return any(each.outcome == "held" and not each.guarded for each in self._lowered)

    @property
    def certificate(self) -> tuple[tuple[str, str], ...]:
        """Variables by which the server in an image holds to all this."""
        return (
            ("JETTISON_NEEDS", str(self.limit_bytes)),
            ("JETTISON_MAX_BODY", str(self.max_body_bytes)),
            ("JETTISON_CONCURRENCY", str(self.concurrency)),
            ("JETTISON_MAX_CONNECTIONS", str(self.connections)),
        )

    def workers_within(self, limit_bytes: int) -> int:
        """How many workers fit into a container, one spare with them where there are several."""
        each = -(-(self._firm_bytes + self.leaked_bytes) // self.workers)
        fitting = max(0, limit_bytes - self.files_bytes - self.margin_bytes) // each
        return fitting if fitting < 2 else fitting - 1

    @property
    def _lowered(self) -> tuple[Trial, ...]:
        return tuple(each for each in self.trials if each.limit_bytes < self.limit_bytes)

    @property
    def _firm_bytes(self) -> int:
        return self.base_bytes + self.retained_bytes + self.concurrency * self.each_bytes
