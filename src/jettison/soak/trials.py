"""A service under a memory limit of the kernel's: does it live through its worst, is it killed, does it not start?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.records import Envelope, Outcome, Progress, Request, Steps, Trial
from jettison.replay.pages import let_go
from jettison.replay.service import Launch, Running, running
from jettison.sandbox.container import Mount
from jettison.sandbox.memory import Group, held

from .load import Load, loaded

STEP = "envelope"
_ROOMS = (4, 6, 8)
"""Times the pages of files that were touched: the kernel keeps and drops them in pieces that hold others too."""
_STARVED, _SLOWER = 2500, 0.6
"""Pages a second that are read again: 10 MB. And the share of its answers a second without a limit that is left."""
_START_SECONDS, _START_STARVED = 60.0, 100_000
_TICK_SECONDS = 0.02
_REFUSED = "the container allows"
"""So says every server of ours that does not start for its certificate."""
_REFUSALS = 400
_GROUPS = Path("/sys/fs/cgroup")


def roomy(launch: Launch, envelope: Envelope, requests: Sequence[Request], *, seconds: float) -> Steps[Envelope]:
    """The same with the least room for pages of files with which the service need not read them again and again.

    Tried under real limits, from four times what was touched up to all that is mapped; all of that, where no limit
    can be set.
    """
    most = max(each.mapped_bytes for each in envelope.mixes)
    tried = wider(replace(envelope, files_bytes=0))
    while tried is not None and tried.files_bytes < most:
        run = trial(launch, tried, requests, limit_bytes=tried.limit_bytes, seconds=seconds, guarded=False)
        try:
            found = yield from run
        except EnvironmentUnusable:
            break
        if found.outcome == "held" and found.refaults <= _STARVED * found.seconds / 2:
            return tried
        tried = wider(tried)
    return replace(envelope, files_bytes=most)


def wider(envelope: Envelope) -> Envelope | None:
    """The same with the next larger room for pages of files; None where it has room for all of them."""
    most = max(each.mapped_bytes for each in envelope.mixes)
    touched = max(each.touched_bytes for each in envelope.mixes)
    rooms = sorted({min(most, times * touched) for times in _ROOMS} | {most})
    room = next((each for each in rooms if each > envelope.files_bytes), None)
    return None if room is None else replace(envelope, files_bytes=room)


def trial(
    launch: Launch,
    envelope: Envelope,
    requests: Sequence[Request],
    *,
    limit_bytes: int,
    seconds: float,
    guarded: bool = True,
) -> Steps[Trial]:
    """Ask the worst admitted mix for so long, under that limit.

    Pages of its files are let go first: it reads them itself, and pays for them, as on a fresh machine.

    :param requests: as `envelopes.worst` gives them.
    :param guarded: the server knows what it needs, and where it may look for the limit.
    :raises EnvironmentUnusable: no limit can be set here that a service as a whole is held to.
    """
    note = f"{seconds:.0f} s under {limit_bytes / 1e6:.0f} MB{'' if guarded else ', the guard off'}"
    yield Progress(step=STEP, note=note)
    let_go(launch.installed)
    variables = {**dict(launch.environment), **(dict(envelope.certificate) if envelope.holds_concurrency else {})}
    variables |= {} if guarded else {"JETTISON_NEEDS": "0"}
    seen = (Mount(source=_GROUPS, target=str(_GROUPS)),)
    launch = replace(
        launch,
        environment=tuple(variables.items()),
        mounts=(*launch.mounts, *seen),
        start_seconds=min(launch.start_seconds, _START_SECONDS),
    )
    with held(limit_bytes) as memory:
        if not isinstance(memory, Group):
            raise EnvironmentUnusable(
                "no memory limit can be set here for a service as a whole",
                next_step="run as root, or in a control group of your own (docs/soak.md)",
            )
        watch = _Watch(memory=memory)
        blank = Trial(limit_bytes=limit_bytes, guarded=guarded, outcome="failed")
        try:
            with running(launch, memory=memory) as service:
                load = Load(service=service, requests=tuple(requests), clients=envelope.connections)
                passed = loaded(load, seconds, watch.look, ticks=_TICK_SECONDS)
                statuses = tuple(sorted(load.statuses.items()))
                usual = max(answered(each.statuses) / each.seconds for each in envelope.mixes)
                slow = answered(statuses) / passed < _SLOWER * usual
                outcome, said = _outcome(service, watch, passed if slow else None)
                found = replace(blank, outcome=outcome, said=said, seconds=passed, statuses=statuses)
        except ServiceFailed as cause:
            outcome, said = _failure(cause, memory)
            found = replace(blank, outcome=outcome, said=said)
        return replace(
            found,
            peak_bytes=watch.peak_bytes,
            working_bytes=watch.working_bytes,
            kernel_peak_bytes=memory.peak_bytes(),
            kills=memory.kills(),
            refaults=watch.refaults,
        )


@dataclass(kw_only=True)
class _Watch:
    """What is seen of a group while it is under load."""

    memory: Group
    peak_bytes: int = 0
    working_bytes: int = 0
    seen: list[int] = field(default_factory=list)
    """Refaults so far, each time."""

    def look(self) -> bool:
        """Whether nothing of it was killed yet."""
        self.peak_bytes = max(self.peak_bytes, self.memory.firm_bytes())
        self.working_bytes = max(self.working_bytes, self.memory.working_bytes())
        self.seen.append(self.memory.refaults())
        return not self.memory.kills()

    @property
    def refaults(self) -> int:
        """In the second half of the time."""
        return self.seen[-1] - self.seen[len(self.seen) // 2] if self.seen else 0


def answered(statuses: Sequence[tuple[int, int]]) -> int:
    """How many were answered well."""
    return sum(count for status, count in statuses if 0 < status < _REFUSALS)


def _outcome(service: Running, watch: _Watch, slow_seconds: float | None) -> tuple[Outcome, str]:
    if kills := watch.memory.kills():
        return "killed", f"the kernel killed {kills} of its processes for want of memory"
    if (code := service.process.poll()) is not None:
        return "failed", f"it ended with code {code}: {service.messages()}"
    if slow_seconds is not None and watch.refaults > _STARVED * slow_seconds / 2:
        return "starved", f"it answered slowly, and read {watch.refaults:,} pages of its own files again"
    return "held", ""


def _failure(cause: ServiceFailed, memory: Group) -> tuple[Outcome, str]:
    """Of a service that did not come to listen."""
    said = cause.where or cause.what
    if _REFUSED in said:
        return "refused", said
    if memory.kills():
        return "killed", cause.what
    if memory.refaults() > _START_STARVED:
        return "starved", f"it did not come to listen, and read {memory.refaults():,} pages of its own files again"
    return "failed", f"{cause.what}: {said}"
