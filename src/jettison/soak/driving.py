"""One endpoint in a fresh process: equal batches of requests, and a reading of every process after each."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.records import Growth, Held, Phase, Progress, Reading, Request, Steps
from jettison.replay.service import Launch, Running, running

from .agents import Agents, injected
from .endpoints import Endpoint, size_of
from .plan import Plan
from .series import NOT_FOUND, Soaked
from .verdicts import goes_on, growth

_AGENTS_SECONDS = 3.0
"""It listens already, so its interpreter has long begun; what is waited for are workers."""
_SETTLED_SECONDS = 0.25
_MOST_WARMED = 8
"""Processes for which the warm-up is made longer."""
_IDLE_SECONDS = 0.4
"""A null batch lasts as long as a batch, but not longer than this."""
_ENDING_SECONDS = 3.0
_SIGNALLED = 128


@dataclass
class Session:
    """A started service and everything read of it so far."""

    endpoint: Endpoint
    service: Running
    agents: Agents
    plan: Plan
    started: float = field(default_factory=time.perf_counter)
    readings: list[Reading] = field(default_factory=list)
    stages: list[int] = field(default_factory=list)
    """Readings there were when each stage of the repeated requests began."""
    statuses: Counter[int] = field(default_factory=Counter)
    missing: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    planned: int = 0
    """Requests that are to be asked in all, as far as is known."""
    ended: str = ""

    def ask(self, requests: Sequence[Request]) -> None:
        """Send them one after the other."""
        for request in requests:
            _, answer = self.service.ask(request)
            self.statuses[answer.status] += 1
            self.asked += 1

    def read(self, phase: Phase) -> None:
        """Take a reading of every process.

        :raises ServiceFailed: none is left.
        """
        found = self.agents.everyone("meter")
        if not found:
            raise _none_left()
        for answer in found.values():
            self.missing.update(answer["missing"])
        reading = Reading(
            phase=phase,
            requests=self.asked,
            seconds=time.perf_counter() - self.started,
            processes=tuple(_held(answer) for _, answer in sorted(found.items())),
        )
        self.readings.append(reading)

    @property
    def soaked(self) -> Soaked:
        """What the verdict is made from."""
        return Soaked(
            endpoint=self.endpoint,
            readings=tuple(self.readings),
            stages=tuple(self.stages),
            statuses=tuple(sorted(self.statuses.items())),
            missing=tuple(sorted(self.missing.items())),
            ended=self.ended,
        )


def soaked(launch: Launch, endpoint: Endpoint, plan: Plan, *, fixed_port: int = 0) -> Steps[Growth]:
    """Start the service, ask this endpoint, and say what it keeps.

    :param fixed_port: that the app's code or its server binds, whatever ``$PORT`` says.
    :raises ServiceFailed: it does not start, or does not answer the first request.
    :raises EnvironmentUnusable: its Python does not take the agent in.
    """
    with injected(launch, fixed_port=fixed_port) as (with_agent, agents), running(with_agent) as service:
        session = Session(endpoint=endpoint, service=service, agents=agents, plan=plan)
        settle(agents, 0)
        session.read("start")
        session.ask(endpoint.mix[:1])  # not under what follows: a service that never answers is an error
        try:
            yield from _phases(session)
        except ServiceFailed as cause:
            session.ended = _ending(service, cause)
        return growth(session.soaked)


def _phases(session: Session) -> Steps[None]:
    plan, endpoint = session.plan, session.endpoint
    if all(status in NOT_FOUND for status in session.statuses):
        session.ask(endpoint.mix)
        if all(status in NOT_FOUND for status in session.statuses):
            return
    settle(session.agents, len(session.readings[-1].processes))
    session.read("start")  # workers and models that were only loaded when the first was asked are there now
    mix = cycle(endpoint.mix)
    # Whole rounds of the mix: every batch is the same.
    size = len(endpoint.mix) * max(1, round(plan.batch / len(endpoint.mix)))
    # Each worker warms up by itself, and requests are spread over them.
    processes = min(_MOST_WARMED, len(session.readings[-1].processes))
    rounds = -(-processes * max(plan.warmup, 2 * len(endpoint.mix)) // size)
    new = 2 * min(plan.new, len(endpoint.new_sizes) + len(endpoint.new_requests))
    session.planned = size * (rounds + plan.batches) + new
    for _ in range(rounds):
        yield _progress(session, "warm-up")
        session.ask(list(islice(mix, size)))
        session.read("warm-up")
    for stage in range(plan.doublings + 1):
        session.stages.append(len(session.readings))
        began = time.perf_counter()
        for _ in range(plan.batches):
            yield _progress(session, "repeated")
            session.ask(list(islice(mix, size)))
            session.read("repeated")
        seconds = time.perf_counter() - began
        longer = 1 if stage == 0 else 2
        # The second stage tells growth that ends from growth that does not: it is not left out, however long it takes.
        if not goes_on(session.soaked) or (stage > 0 and seconds * longer > plan.stage_seconds):
            break
        size *= longer
        session.planned += size * plan.batches
    yield from _idle(session)
    yield from _new(session)
    yield _progress(session, "trimmed")
    session.agents.everyone("trim")
    session.read("trimmed")


def _idle(session: Session) -> Steps[None]:
    """Null batches: what grows by itself, in the time that a batch takes."""
    last, before = session.readings[-1], session.readings[-2]
    seconds = min(_IDLE_SECONDS, last.seconds - before.seconds)
    session.read("idle")
    for _ in range(session.plan.idle):
        yield _progress(session, "idle")
        time.sleep(seconds)
        session.read("idle")


def _new(session: Session) -> Steps[None]:
    """First what is of a new size, then what is new and of a known size, then all of it again."""
    endpoint, most = session.endpoint, session.plan.new // 2
    sizes = endpoint.new_sizes[:most]
    known = {size_of(each) for each in (*endpoint.mix, *sizes)}
    contents = [each for each in endpoint.new_requests if size_of(each) in known][:most]
    parts: tuple[tuple[Phase, Sequence[Request]], ...] = (
        ("new sizes", sizes),
        ("new requests", contents),
        ("again", _mixed(sizes, contents)),
    )
    for phase, requests in parts:
        count = min(len(requests), session.plan.batches // 2)
        for number in range(count):
            yield _progress(session, phase)
            session.ask(requests[len(requests) * number // count : len(requests) * (number + 1) // count])
            session.read(phase)


def _mixed(sizes: Sequence[Request], contents: Sequence[Request]) -> tuple[Request, ...]:
    """Both evenly spread, so that every batch has its share of each."""
    places = [(index / len(part), each) for part in (sizes, contents) for index, each in enumerate(part)]
    return tuple(each for _, each in sorted(places, key=lambda place: place[0]))


def _progress(session: Session, phase: str) -> Progress:
    kept = session.readings[-1].in_use_bytes
    note = f"{phase}: {session.asked:,} requests, {kept / 1e6:.1f} MB in use"
    return Progress(step=session.endpoint.name, done=session.asked, total=session.planned, note=note)


def settle(agents: Agents, before: int) -> None:
    """Wait until the same processes have agents for a moment: workers are started one after the other.

    :param before: processes there were, which are waited for; 0 at first.
    :raises ServiceFailed: there were some, and none is left.
    :raises EnvironmentUnusable: there is none.
    """
    until = time.perf_counter() + _AGENTS_SECONDS
    last: tuple[int, ...] = ()
    while time.perf_counter() < until:
        found = agents.pids()
        if found and found == last and len(found) >= before:
            return
        last = found
        time.sleep(_SETTLED_SECONDS)
    if not last and before:
        raise _none_left()
    if not last:
        raise EnvironmentUnusable(
            "no process of the service took the agent in, so nothing can be read",
            next_step="it must start a Python that heeds PYTHONPATH: leave out -I, -E and -S, and frozen programs",
        )


def _none_left() -> ServiceFailed:
    return ServiceFailed("no process of the service is left", next_step="look at its own messages")


def _held(answer: dict[str, object]) -> Held:
    names = ("heap", "arenas", "resident", "anonymous", "proportional", "own", "peak")
    found = {f"{name}_bytes": answer["arenas_bytes" if name == "arenas" else name] for name in names}
    same = ("pid", "parent", "blocks", "blocks_bytes", "threads", "descriptors", "seconds", "collects")
    return Held(**found, **{name: answer[name] for name in same})  # type: ignore[arg-type]


def _ending(service: Running, cause: ServiceFailed) -> str:
    """How it ended, in words."""
    try:
        code = service.process.wait(timeout=_ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        return cause.what  # a worker is gone; what started it lives on
    number = -code if code < 0 else code - _SIGNALLED  # a runner gives the number of a signal as shells do
    if number == signal.SIGKILL:
        return "it was killed (SIGKILL), as the kernel does when memory runs out"
    if 0 < number < _SIGNALLED:
        return f"it was ended by signal {number}"
    return f"it ended with code {code}"
