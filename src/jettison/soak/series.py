"""The readings of an endpoint as series: how bytes in use go with requests, stage by stage and phase by phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from jettison.records import Interval, Phase, Reading
from jettison.statistics import chance_of_rise, rate, slope

from .endpoints import Endpoint

LEAK_BYTES = 8.0
"""A leak keeps more than this for every request, certainly: the interval's lower end."""
CLEAN_BYTES = 64.0
"""A clean endpoint keeps at most this, certainly: the smallest leak that is promised to be found."""
_CHANCE = 0.01
_FALLING = 0.8
"""Growth below this share of what it was before, intervals apart, is on its way to end."""
_STEADY = 0.9
"""Nor is it steady when its second half brings less than this share of its first."""
_FEWEST = 8
"""Readings that a verdict needs."""
_NEW_FEWEST, _NEW_BYTES, _NEW_TOTAL = 4, 64.0, 8192.0
"""What so many new requests leave behind counts from so much for each, and so much together."""
_SIZE_BYTES, _SIZES_TOTAL = 4096.0, 65_536.0
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
        values = [each.in_use_bytes for each in readings]
        if chance_of_rise(values) > _CHANCE:
            return 0.0  # what is given back after the last request is no growth that requests could be charged with
        return slope([each.seconds for each in readings], values).estimate

    @cached_property
    def rises(self) -> tuple[Rise | None, ...]:
        """Of each stage; of the first one, what is behind its first third."""
        found = []
        for number, start in enumerate(self.stages):
            end = self.stages[number + 1] if number + 1 < len(self.stages) else len(self.readings)
            readings = self._repeated(start, end)
            skipped = len(readings) // 3 if number == 0 else 0
            found.append(rise(readings[skipped:], self.idle_bytes_per_second))
        return tuple(found)

    @cached_property
    def before_last(self) -> Rise | None:
        """Of all stages but the last one together; of one alone, of its first half."""
        if len(self.stages) == 1:
            return self._half(self.stages[0], first=True)
        readings = self._repeated(self.stages[0], self.stages[-1])
        return rise(readings[(self.stages[1] - self.stages[0]) // 3 :], self.idle_bytes_per_second)

    @cached_property
    def last(self) -> Rise | None:
        """Of the last stage; of one alone, of its second half."""
        return self.rises[-1] if len(self.stages) > 1 else self._half(self.stages[0], first=False)

    @property
    def slows_down(self) -> bool:
        """Growth is on its way to end: slower than before, and slower still within the last stage.

        A leak beside what a server sets up in its first hundreds of requests gets slower too, but then it is steady.
        """
        if not self.stages or self.before_last is None or self.last is None or not self.last.is_below(self.before_last):
            return False
        first, second = self._half(self.stages[-1], first=True), self._half(self.stages[-1], first=False)
        return first is None or second is None or second.rate.estimate < _STEADY * first.rate.estimate

    def _half(self, start: int, *, first: bool) -> Rise | None:
        readings = self._repeated(start, len(self.readings))
        middle = len(readings) // 2
        return rise(readings[: middle + 1] if first else readings[middle:], self.idle_bytes_per_second)

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
        return max(self.kept.high, self.rate.high) <= CLEAN_BYTES and not self.is_certain

    def is_below(self, earlier: Rise) -> bool:
        """Growth that is clearly slower than it was."""
        return self.rate.estimate < _FALLING * earlier.rate.estimate and self.rate.high < earlier.rate.low


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a phase of new requests left behind."""

    total: float
    each: Interval
    """Bytes a request."""
    requests: int
    ends: bool
    """Its last third adds nothing that counts."""

    @property
    def matters(self) -> bool:
        """It is more than what is left by accident."""
        least = max(_NEW_TOTAL, _NEW_BYTES * self.requests)
        return self.requests >= _NEW_FEWEST and self.total >= least

    @property
    def matters_for_sizes(self) -> bool:
        """The same where there are only so many sizes: a page for each of a thousand is no danger."""
        return self.matters and self.total >= _SIZES_TOTAL and self.each.estimate >= _SIZE_BYTES


def left(soaked: Soaked, phase: Phase) -> Left | None:
    """None when there was no such phase, or a process began or ended in it."""
    readings = soaked.of(phase)
    if len(readings) < 2 or len({each.pids for each in readings}) > 1:
        return None
    requests = readings[-1].requests - readings[0].requests
    values = [each.in_use_bytes - soaked.idle_bytes_per_second * each.seconds for each in readings]
    third = max(1, len(readings) // 3)
    added, asked = values[-1] - values[-1 - third], readings[-1].requests - readings[-1 - third].requests
    total = values[-1] - values[0]
    asked_so_far = [each.requests for each in readings]
    whole = rate(asked_so_far, values)
    return Left(
        total=total,
        each=_around(_around(slope(asked_so_far, values), whole.low), whole.high),
        requests=requests,
        ends=len(readings) > 3 and added <= LEAK_BYTES * asked,
    )


def rise(readings: Sequence[Reading], idle_bytes_per_second: float) -> Rise | None:
    """Over the longest run of readings in which no process began or ended; None when it is too short."""
    runs: list[list[Reading]] = []
    for each in readings:
        if runs and runs[-1][-1].pids == each.pids:
            runs[-1].append(each)
        else:
            runs.append([each])
    longest = max(runs, key=len, default=[])
    if len(runs) > 1:
        longest = longest[len(longest) // 3 :]  # a new process warms up again
    if len(longest) < _FEWEST:
        return None
    values = [each.in_use_bytes - idle_bytes_per_second * each.seconds for each in longest]
    requests = [each.requests for each in longest]
    return Rise(kept=slope(requests, values), rate=rate(requests, values), chance=chance_of_rise(values))


def of_all(rises: Sequence[Rise | None], kept: Interval) -> Interval:
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
