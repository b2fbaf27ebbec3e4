"""What the readings of an endpoint show. Pure: the same readings give the same verdict.

The method is a differential one (Matias, Trivedi et al., "Software Aging Detection Based on Differential Analysis",
2016) on bytes in use, not on resident memory, which allocators keep: after warm-up the slope over repeated requests
(Theil-Sen, with its interval) and the certainty that it rises (Mann-Kendall), the drift of null batches subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from jettison.records import Growth, GrowthCause, Interval, Phase, Reading
from jettison.statistics import chance_of_rise, median, rate, slope

from .endpoints import Endpoint

LEAK_BYTES = 8.0
"""A leak keeps more than this for every request, certainly: the interval's lower end."""
CLEAN_BYTES = 64.0
"""A clean endpoint keeps at most this, certainly: the smallest leak that is promised to be found."""
_CHANCE = 0.01
_FALLING = 0.8
"""Growth below this share of what it was before, intervals apart, is on its way to end."""
_FEWEST = 8
"""Readings that a verdict needs."""
_NEW_BYTES, _NEW_TOTAL = 64.0, 8192.0
"""What new requests leave behind counts from so much for each, and so much together."""
_CACHE_BYTES = 32_768
"""Less is what servers and formatters keep for themselves; it is no cache that a person would look for."""
_RETAINED_BYTES, _RETAINED_SHARE = 4e6, 0.05
_MULTIPLE_BYTES, _MULTIPLE_SHARE, _BUSY = 20e6, 0.5, 0.2
NOT_FOUND = (404, 405)
"""Answers of a server that has no such page."""


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """An endpoint's readings and what belongs to them."""

    endpoint: Endpoint
    readings: tuple[Reading, ...]
    stages: tuple[int, ...]
    """Readings there were when each stage of the repeated requests began."""
    statuses: tuple[tuple[int, int], ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    ended: str = ""

    def of(self, phase: Phase) -> tuple[Reading, ...]:
        """The readings of that phase, with the one before it as the first."""
        places = [index for index, each in enumerate(self.readings) if each.phase == phase]
        return self.readings[max(0, places[0] - 1) : places[-1] + 1] if places else ()

    @cached_property
    def idle_bytes_per_second(self) -> float:
        """What grows by itself, where that is certain."""
        readings = self.of("idle")[1:]
        if len(readings) < 3 or readings[0].seconds == readings[-1].seconds:
            return 0.0
        drift = slope([each.seconds for each in readings], [each.in_use_bytes for each in readings])
        return drift.estimate if drift.low > 0 or drift.high < 0 else 0.0

    @cached_property
    def rises(self) -> tuple[Rise | None, ...]:
        """Of each stage; of the first one, what is behind its first third."""
        found = []
        for number, start in enumerate(self.stages):
            end = self.stages[number + 1] if number + 1 < len(self.stages) else len(self.readings)
            readings = self._repeated(start, end)
            skipped = len(readings) // 3 if number == 0 else 0
            found.append(_rise(readings[skipped:], self.idle_bytes_per_second))
        return tuple(found)

    @cached_property
    def before_last(self) -> Rise | None:
        """Of all stages but the last one together; of one alone, of its first half."""
        if len(self.stages) == 1:
            return self._half(first=True)
        readings = self._repeated(self.stages[0], self.stages[-1])
        return _rise(readings[(self.stages[1] - self.stages[0]) // 3 :], self.idle_bytes_per_second)

    @cached_property
    def last(self) -> Rise | None:
        """Of the last stage; of one alone, of its second half."""
        return self.rises[-1] if len(self.stages) > 1 else self._half(first=False)

    @property
    def slows_down(self) -> bool:
        """Growth is on its way to end."""
        return self.before_last is not None and self.last is not None and self.last.is_below(self.before_last)

    def _half(self, *, first: bool) -> Rise | None:
        readings = self._repeated(self.stages[0], len(self.readings))
        middle = len(readings) // 2
        return _rise(readings[: middle + 1] if first else readings[middle:], self.idle_bytes_per_second)

    def _repeated(self, start: int, end: int) -> list[Reading]:
        return [each for each in self.readings[start:end] if each.phase == "repeated"]


@dataclass(frozen=True, kw_only=True)
class Rise:
    """How bytes in use go with requests."""

    kept: Interval
    """Bytes a request, as the median of slopes."""
    rate: Interval
    """On the whole, for gains that come by chance."""
    chance: float
    """Of so steady a rise by accident."""

    @property
    def is_certain(self) -> bool:
        """More than a leak's least, and no accident."""
        return min(self.kept.low, self.rate.low) > LEAK_BYTES and self.chance < _CHANCE

    @property
    def is_flat(self) -> bool:
        """Certainly less than the smallest leak."""
        return self.kept.high <= CLEAN_BYTES and not self.is_certain

    def is_below(self, earlier: Rise) -> bool:
        """Growth that is clearly slower than it was."""
        return self.rate.estimate < _FALLING * earlier.rate.estimate and self.rate.high < earlier.rate.low


def goes_on(soaked: Soaked) -> bool:
    """Whether another stage could tell more: it is not flat, so it may yet end, or is not certain."""
    last = soaked.rises[-1] if soaked.rises else None
    return last is None or not last.is_flat


def growth(soaked: Soaked) -> Growth:
    """The verdict."""
    last = next((each for each in reversed(soaked.rises) if each is not None), None)
    if last is None and soaked.ended:  # all that there is, a warming-up service's too, is better than nothing
        last = _rise(soaked.readings[2:], 0.0)
    blank = Growth(
        endpoint=soaked.endpoint.name,
        cause="unknown",
        kept=last.kept if last else None,
        reason="",
        idle_bytes=_idle_bytes(soaked),
        readings=soaked.readings,
        repeated=len(soaked.endpoint.mix),
        statuses=soaked.statuses,
        missing=soaked.missing,
        ended=soaked.ended,
    )
    made = _by_repeated(soaked, blank, last)
    if made.cause == "clean":
        made = _by_new(soaked, made)
    if made.cause == "clean" and soaked.ended:
        made = replace(made, cause="unknown", reason=f"{made.reason}, until the service was gone")
    if made.cause == "clean" and any(name in ("heap", "blocks_bytes") for name, _ in soaked.missing):
        made = replace(made, cause="unknown", reason=f"{made.reason}, but not all memory has a meter here")
    if made.cause == "clean":
        made = _by_residence(soaked, made)
    return made


def _by_repeated(soaked: Soaked, blank: Growth, last: Rise | None) -> Growth:
    """What the repeated requests show."""
    if last is None:
        return replace(blank, reason=_too_little(soaked))
    seen = next((number for number, each in enumerate(soaked.rises) if each is not None and each.is_certain), None)
    if last.is_certain and soaked.slows_down:
        return replace(blank, reason="it grows, more and more slowly: a cache that is filling, its bound not yet seen")
    if last.is_certain:
        return _leak(soaked, replace(blank, cause="leak"), last, seen)
    if not last.is_flat:
        return replace(blank, reason="it may grow: the readings are too uneven for so few requests")
    filled = soaked.readings[soaked.stages[-1]].in_use_bytes - soaked.readings[soaked.stages[0] - 1].in_use_bytes
    if seen is not None and filled > _CACHE_BYTES:
        return replace(
            blank,
            cause="cache",
            bound_bytes=filled,
            reason=f"a cache: it grew and then ended, before {_repeated(soaked, len(soaked.stages) - 2):,} requests",
        )
    return replace(blank, cause="clean", reason=f"no growth shows in {_repeated(soaked):,} repeated requests")


def _leak(soaked: Soaked, blank: Growth, last: Rise, seen: int | None) -> Growth:
    if seen is None:  # it ended in the first stage
        asked = soaked.readings[-1].requests
        return replace(blank, seen_after=asked, reason=f"it grew with every request until it was gone, after {asked:,}")
    reason = f"every request leaves something behind, also after {_repeated(soaked):,} of them"
    return replace(blank, kept=_of_all(soaked.rises, last.kept), seen_after=_repeated(soaked, seen), reason=reason)


def _by_new(soaked: Soaked, made: Growth) -> Growth:
    """What requests show that were not asked before."""
    sizes, contents, again = (_left(soaked, phase) for phase in ("new sizes", "new requests", "again"))
    if again is not None and again.matters and not again.ends:
        return replace(
            made,
            cause="leak",
            kept=again.each,
            seen_after=again.requests,
            reason="requests outside of the repeated mix leave something behind each time they are asked",
        )
    if contents is not None and contents.matters:
        grown = int(contents.total + (sizes.total if sizes else 0))
        if contents.ends:
            reason = (
                f"it grew with requests that are new, and ended before {contents.requests:,} of them: a bounded cache"
            )
            return replace(made, cause="cache", bound_bytes=grown, each_new=contents.each, reason=reason)
        reason = (
            f"a cache of what was asked: it grows with new requests, and no bound was seen in {contents.requests:,}"
        )
        return replace(made, cause="unknown", each_new=contents.each, reason=reason)
    if sizes is not None and sizes.matters:
        told = "" if contents is not None else ", or with contents that are new: the recording has no other requests"
        reason = f"it grew with sizes that were not asked before, and not when they came again{told}"
        bound = int(sizes.total) if sizes.ends else None
        return replace(made, cause="shapes", bound_bytes=bound, each_new=sizes.each, reason=reason)
    return made


def _by_residence(soaked: Soaked, made: Growth) -> Growth:
    """What is resident and not in use, and what several processes hold."""
    readings = soaked.readings
    trimmed = next((each for each in readings if each.phase == "trimmed"), None)
    if trimmed is None:
        return made
    start, before = readings[0], readings[-2]
    kept = before.resident_bytes - start.resident_bytes - max(0, before.in_use_bytes - start.in_use_bytes)
    if kept > max(_RETAINED_BYTES, _RETAINED_SHARE * start.resident_bytes):
        back = max(0, before.resident_bytes - trimmed.resident_bytes)
        told = f"{kept / 1e6:.1f} MB more are resident, of which malloc_trim gives back {back / 1e6:.1f} MB"
        reason = f"what is in use stays the same, but {told}"
        return replace(made, cause="retention", bound_bytes=kept, reason=reason)
    busy = _busy(start, before)
    if len(busy) > 1 and min(busy) > _MULTIPLE_BYTES and min(busy) > _MULTIPLE_SHARE * max(busy):
        reason = f"{len(busy)} processes hold {median(busy) / 1e6:.0f} MB each that they do not share"
        return replace(made, cause="workers", bound_bytes=int(sum(busy) - max(busy)), reason=reason)
    return made


def _busy(start: Reading, end: Reading) -> list[int]:
    """Bytes that each process which answered has for itself; one that only keeps the others alive is left out."""
    before = {each.pid: each.seconds for each in start.processes}
    used = {each.pid: each.seconds - before.get(each.pid, 0.0) for each in end.processes}
    parents = {each.parent for each in end.processes}
    most = max(used.values(), default=0.0)
    return [
        each.own_bytes
        for each in end.processes
        if each.own_bytes is not None and each.pid not in parents and used[each.pid] >= _BUSY * most > 0
    ]


@dataclass(frozen=True, kw_only=True)
class _Left:
    """What a phase of new requests left behind."""

    total: float
    each: Interval
    """Bytes a request."""
    requests: int
    ends: bool
    """Its last third adds nothing that counts."""

    @property
    def matters(self) -> bool:
        return self.total >= _NEW_TOTAL and self.total >= _NEW_BYTES * self.requests


def _left(soaked: Soaked, phase: Phase) -> _Left | None:
    """None when there was no such phase, or a process began or ended in it."""
    readings = soaked.of(phase)
    if len(readings) < 2 or len({each.pids for each in readings}) > 1:
        return None
    requests = readings[-1].requests - readings[0].requests
    total = readings[-1].in_use_bytes - readings[0].in_use_bytes
    tail = readings[-1 - max(1, len(readings) // 3) :]
    added = tail[-1].in_use_bytes - tail[0].in_use_bytes
    rise = slope([each.requests for each in readings], [each.in_use_bytes for each in readings])
    return _Left(
        total=total,
        each=_around(rise, total / requests),
        requests=requests,
        ends=len(readings) > 3 and added <= LEAK_BYTES * (tail[-1].requests - tail[0].requests),
    )


def _rise(readings: Sequence[Reading], idle_bytes_per_second: float) -> Rise | None:
    """Over the longest run of readings in which no process began or ended; None when it is too short."""
    runs: list[list[Reading]] = []
    for each in readings:
        if runs and runs[-1][-1].pids == each.pids:
            runs[-1].append(each)
        else:
            runs.append([each])
    longest = max(runs, key=len, default=[])
    if len(longest) < _FEWEST:
        return None
    values = [each.in_use_bytes - idle_bytes_per_second * each.seconds for each in longest]
    requests = [each.requests for each in longest]
    return Rise(kept=slope(requests, values), rate=rate(requests, values), chance=chance_of_rise(values))


def _of_all(rises: Sequence[Rise | None], kept: Interval) -> Interval:
    """The last stage's interval, widened to all that was certain, and to what was kept on the whole.

    Within a stage readings wander less than from one to the next; and tables grow in a few large steps that a median of
    slopes does not see, and that are kept too.
    """
    for each in rises:
        if each is not None and each.is_certain:
            kept = _around(_around(kept, each.kept.low), each.kept.high)
    last = next(each for each in reversed(rises) if each is not None)
    return _around(_around(kept, last.rate.low), last.rate.high)


def _around(interval: Interval, value: float) -> Interval:
    return replace(interval, low=min(interval.low, value), high=max(interval.high, value))


def _repeated(soaked: Soaked, stage: int | None = None) -> int:
    """Repeated requests that were answered by the end of that stage; None: of the last."""
    first = soaked.readings[soaked.stages[0] - 1].requests
    if stage is None or stage + 1 >= len(soaked.stages):
        repeated = [each for each in soaked.readings if each.phase == "repeated"]
        return repeated[-1].requests - first
    return soaked.readings[soaked.stages[stage + 1] - 1].requests - first


def _idle_bytes(soaked: Soaked) -> float:
    repeated = soaked.of("repeated")
    if len(repeated) < 2:
        return 0.0
    seconds = (repeated[-1].seconds - repeated[0].seconds) / max(1, repeated[-1].requests - repeated[0].requests)
    return soaked.idle_bytes_per_second * seconds


def _too_little(soaked: Soaked) -> str:
    if soaked.ended:
        grown = soaked.readings[-1].in_use_bytes - soaked.readings[0].in_use_bytes
        after = soaked.readings[-1].requests
        return f"the service was gone too early; after {after:,} requests {grown / 1e6:.1f} MB more were in use"
    if soaked.statuses and all(status in NOT_FOUND for status, _ in soaked.statuses):
        return "it answers only that there is no such page"
    if len({each.pids for each in soaked.readings}) > 1:
        return "its processes are replaced before enough of one is read"
    return "too few readings"


def causes(growths: Sequence[Growth]) -> tuple[GrowthCause, ...]:
    """Those found, each once."""
    return tuple(dict.fromkeys(each.cause for each in growths))
