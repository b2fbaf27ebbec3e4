"""Measures the memory envelope of a service: ladders of sizes, then the worst admitted mix in fresh processes.

The formula is base + retained + what is answered at once + leak + spare, as `records.envelope` has it. Every term is
the kernel's own count of a control group: peaks are not sampled, and what is only read from files is told apart.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path

from jettison.errors import ServiceFailed
from jettison.records import Envelope, Ladder, Mix, Progress, Request, Rung, Steps
from jettison.replay import processes
from jettison.replay.service import Launch, Running, running
from jettison.sandbox.memory import Group, held

from .admission import Admission, body_limits, bound_bytes
from .endpoints import Endpoint, size_of
from .ladders import Climb, climbs, rows, spread
from .load import Load, loaded
from .meters import Meter
from .trials import STEP, roomy

_REFUSED, _TOO_LARGE = 400, 413
_TRIED = 40
"""Recorded requests of an endpoint, from the smallest to the largest, that are asked whether they are answered."""
_SETTLE_SECONDS = 0.5
_TICK_SECONDS = 0.25
_LONGER, _RISEN = 6, 0.005
"""A mix in whose second half the peak still rose by more than this goes on, up to so many times its length."""
_OF_FREE = 0.6
"""Of this machine's free memory, which a service that is measured without a limit may take."""
_OFF = ("JETTISON_NEEDS", "0")


@dataclass(frozen=True, kw_only=True)
class EnvelopePlan:
    """How much is asked."""

    repeats: int = 3
    """Of each size, one after the other."""
    longest_seconds: float = 2.0
    """A ladder ends with an answer that took longer."""
    warmup: int = 24
    """Requests before anything counts."""
    starts: int = 3
    """Fresh processes that get the worst mix."""
    mix_seconds: float = 10.0
    """At least."""
    clients: int = 64
    """At once, of which most wait: as many connections as the certificate lets in."""


MEASURED = EnvelopePlan()
COARSE = EnvelopePlan(repeats=2, longest_seconds=1.0, warmup=12, starts=2, mix_seconds=3.0, clients=32)


def envelope(
    launch: Launch, endpoints: Sequence[Endpoint], wanted: Admission, plan: EnvelopePlan
) -> Steps[tuple[Envelope, tuple[Request, ...]]]:
    """Measure one service; gives the worst requests that it admits with it, for `trials.trial`.

    :raises ServiceFailed: it does not start, or does not answer what was recorded.
    """
    plan = replace(plan, clients=max(plan.clients, wanted.concurrency))  # so many at once are certified: asked they are
    answered, notes = yield from _answered(launch, endpoints)
    recorded = tuple(request for requests in answered.values() for request in requests)
    every = [climb for name, requests in answered.items() for climb in climbs(name, requests)]
    ladders = []
    for climb in every:
        ladders.append((yield from _climbed(launch, climb, recorded, plan)))
    found, requests = None, tuple[Request, ...]()
    for body_bytes in body_limits(ladders, wanted, max(len(request.sent) for request in recorded)):
        requests = worst(every, ladders, body_bytes)
        mixes = []
        for number in range(plan.starts):
            note = f"worst mix with bodies of {body_bytes:,} bytes, start {number + 1}"
            yield Progress(step=STEP, done=number, total=plan.starts, note=note)
            limited = bounded(launch, wanted, body_bytes, plan.clients)
            mixes.append(_mixed(limited, requests, recorded, plan))
        found = Envelope(
            meter=_meter_name(),
            concurrency=wanted.concurrency,
            holds_concurrency=wanted.held,
            connections=plan.clients,
            workers=wanted.workers,
            max_body_bytes=body_bytes,
            max_rows=max(rows(request) for request in requests),
            files_bytes=0,
            ladders=tuple(ladders),
            mixes=tuple(mixes),
            notes=(*notes, *_notes(recorded, ladders, body_bytes, wanted)),
        )
        found = yield from roomy(launch, found, requests, seconds=plan.mix_seconds)
        if wanted.limit_bytes is None or found.limit_bytes <= wanted.limit_bytes:
            break
    assert found is not None
    return found, requests


def worst(every: Sequence[Climb], ladders: Sequence[Ladder], body_bytes: int) -> tuple[Request, ...]:
    """The largest admitted request of each ladder, what costs most first."""
    found = []
    for climb, ladder in zip(every, ladders, strict=True):
        last = ladder.rungs[-1].body_bytes if ladder.rungs else 0
        request = climb.largest(min(body_bytes, last) if climb.of_bodies else last)
        found.append((bound_bytes(ladder, size_of(request)), request))
    return tuple(request for _, request in sorted(found, key=lambda each: -each[0]))


def bounded(launch: Launch, wanted: Admission, body_bytes: int, connections: int) -> Launch:
    """The same with a server that holds to these limits, its guard off; as it is, where it is none of ours."""
    if not wanted.held:
        return launch
    limits = {
        "JETTISON_MAX_BODY": str(body_bytes),
        "JETTISON_CONCURRENCY": str(wanted.concurrency),
        "JETTISON_MAX_CONNECTIONS": str(connections),
    }
    return replace(launch, environment=(*launch.environment, *limits.items(), _OFF))


def _answered(
    launch: Launch, endpoints: Sequence[Endpoint]
) -> Steps[tuple[dict[str, tuple[Request, ...]], tuple[str, ...]]]:
    """Of each endpoint the recorded requests that are answered well, and what is to be said of the others.

    :raises ServiceFailed: none is.
    """
    found, notes = dict[str, tuple[Request, ...]](), list[str]()
    with _measured(launch) as (service, _):
        for endpoint in endpoints:
            yield Progress(step=STEP, note=f"{endpoint.name}: which requests it answers")
            recorded = (*endpoint.mix, *endpoint.new_sizes, *endpoint.new_requests)
            asked = [(request, service.ask(request)[1].status) for request in spread(recorded, _TRIED)]
            if good := tuple(request for request, status in asked if status < _REFUSED):
                found[endpoint.name] = good
            else:
                notes.append(f"{endpoint.name} answers {asked[-1][1]} to every recorded request: it is left out")
    if not found:
        raise ServiceFailed(
            f"it answers no recorded request well: {'; '.join(notes)}",
            next_step="record requests that it answers, or look at its own messages",
        )
    return found, tuple(notes)


def _climbed(launch: Launch, climb: Climb, recorded: Sequence[Request], plan: EnvelopePlan) -> Steps[Ladder]:
    rungs: list[Rung] = []
    ended, refused = "no larger one is made", None
    with _measured(replace(launch, environment=(*launch.environment, _OFF))) as (service, meter):
        _warm(service, recorded, plan.warmup)
        base = meter.firm_bytes()
        for request in climb.requests():
            yield Progress(step=STEP, note=f"{climb.endpoint}: {climb.way}, {size_of(request):,} bytes")
            try:
                rung, status = _asked(service, meter, request, plan.repeats, base)
            except ServiceFailed:
                killed = service.killed_for_memory()
                ended = "it took all the memory of this machine" if killed else "it stopped answering"
                refused = size_of(request)
                break
            if rung is None:
                ended = f"it answered {status}"
                refused = size_of(request) if status == _TOO_LARGE else None
                break
            rungs.append(rung)
            if rung.seconds > plan.longest_seconds:
                ended = f"the answer took {rung.seconds:.1f} s"
                break
    return Ladder(
        endpoint=climb.endpoint,
        way=climb.way,
        of_bodies=climb.of_bodies,
        base_bytes=base,
        rungs=tuple(rungs),
        ended=ended,
        refused_bytes=refused,
    )


def _asked(service: Running, meter: Meter, request: Request, repeats: int, base: int) -> tuple[Rung | None, int]:
    """One size; None with the status when it is refused."""
    peaks, longest = [], 0.0
    for _ in range(repeats):
        meter.restart()
        seconds, answer = service.ask(request)
        if answer.status >= _REFUSED:
            return None, answer.status
        peaks.append(max(0, meter.peak_bytes() - base))
        longest = max(longest, seconds)
    return Rung(body_bytes=size_of(request), rows=rows(request), peaks=tuple(peaks), seconds=longest), 200


def _mixed(launch: Launch, requests: Sequence[Request], recorded: Sequence[Request], plan: EnvelopePlan) -> Mix:
    with _measured(launch) as (service, meter):
        _warm(service, recorded, plan.warmup)
        loading = meter.peak_bytes()
        base = meter.firm_bytes()
        meter.restart()
        processes.forget_touched(service.process.pid)
        load = Load(service=service, requests=tuple(requests), clients=plan.clients)
        rise = _Rise(meter=meter, least_seconds=plan.mix_seconds)
        seconds = loaded(load, _LONGER * plan.mix_seconds, rise.goes_on, ticks=_TICK_SECONDS)
        if service.process.poll() is not None or not any(0 < status < _REFUSED for status in load.statuses):
            raise _gave_up(service, load.statuses)
        time.sleep(_SETTLE_SECONDS)
        return Mix(
            load_peak_bytes=loading,
            base_bytes=base,
            peak_bytes=max(base, meter.peak_bytes()),
            settled_bytes=meter.firm_bytes(),
            touched_bytes=processes.touched_file_bytes(service.process.pid),
            mapped_bytes=processes.mapped_file_bytes(service.process.pid),
            seconds=seconds,
            statuses=tuple(sorted(load.statuses.items())),
        )


@dataclass(kw_only=True)
class _Rise:
    """How the peak comes about: a mix goes on until it has not risen in the second half of its time."""

    meter: Meter
    least_seconds: float
    began: float = field(default_factory=time.monotonic)
    peaks: list[int] = field(default_factory=list)

    def goes_on(self) -> bool:
        self.peaks.append(self.meter.peak_bytes())
        last, half = self.peaks[-1], self.peaks[len(self.peaks) // 2]
        return time.monotonic() - self.began < self.least_seconds or last - half > _RISEN * last


@contextmanager
def _measured(launch: Launch) -> Iterator[tuple[Running, Meter]]:
    """A service that may take most of what this machine has, but not all of it."""
    with held(int(_OF_FREE * free_bytes())) as memory, running(launch, memory=memory) as service:
        meter = Meter(service=service)
        yield service, meter


def _warm(service: Running, recorded: Sequence[Request], count: int) -> None:
    """:raises ServiceFailed: it does not answer."""
    for request in islice(cycle(recorded), max(count, len(recorded))):
        service.ask(request)


def free_bytes() -> int:
    """Memory of this machine that can be had without swapping."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))


def _meter_name() -> str:
    with held() as memory:
        return memory.name if isinstance(memory, Group) else "resident memory of its processes"


def _notes(recorded: Sequence[Request], ladders: Sequence[Ladder], body_bytes: int, wanted: Admission) -> Iterator[str]:
    larger = sum(len(request.sent) > body_bytes for request in recorded)
    if larger:
        yield f"{larger} of {len(recorded)} recorded requests are larger than the body limit"
    asked = max((rung.body_bytes for each in ladders if each.of_bodies for rung in each.rungs), default=0)
    if 0 < asked < body_bytes:
        yield f"no body of more than {asked:,} bytes was asked: what larger ones take is not measured"
    if not wanted.held:
        yield (
            "its own server holds neither to the body limit nor to so many at once: a larger body takes more than this"
        )


def _gave_up(service: Running, statuses: Counter[int]) -> ServiceFailed:
    killed = service.killed_for_memory()
    return ServiceFailed(
        "it took most of this machine's memory and was killed" if killed else f"it answered nothing well: {statuses}",
        where=service.messages(),
        next_step="admit smaller bodies or fewer at once (--max-body)",
    )
