"""Tries the remedies: fresh starts, interleaved with untouched ones, all asked the same requests in the same order."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import median

from jettison.errors import ServiceFailed
from jettison.records import Progress, Remedies, Request, Steps, TriedSetting
from jettison.replay.client import Client
from jettison.replay.service import Launch, Running, running
from jettison.workspace import Workspace

from .agents import Agents, injected
from .driving import settle
from .remedies import REMEDIES, Change, Remedy, World

_SEED = 20261128
_CLIENTS = 4
"""At the same time: threads are what arenas are about."""
_HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is tried."""

    starts: int = 3
    requests: int = 240
    settling_seconds: float = 1.5
    """After the last request: allocators give back what is not used for a second."""
    remedies: Sequence[Remedy] = tuple(REMEDIES)


@dataclass(frozen=True, kw_only=True)
class _Start:
    """What one start came to."""

    resident_bytes: int
    peak_bytes: int
    seconds: float
    allocator: str
    statuses: Counter[int]
    """HTTP status and how many answers had it."""


def tried(
    launch: Launch,
    requests: Sequence[Request],
    workspace: Workspace,
    effort: Effort,
    *,
    fixed_port: int = 0,
    has_onnxruntime: bool = False,
) -> Steps[Remedies]:
    """Every remedy that can help here, measured.

    :param requests: of all endpoints; they are sent in an order of their own, the same for every start
    :raises ServiceFailed: the untouched service does not start, or stops answering
    """
    order = random.Random(_SEED)  # noqa: S311  (an order, not a secret)
    sent = [order.choice(requests) for _ in range(effort.requests)]
    first = _started(launch, sent, effort, fixed_port)
    untouched = [first]
    world = World(root=launch.root, allocator=first.allocator, has_onnxruntime=has_onnxruntime, workspace=workspace)
    changes: dict[str, Change] = {}
    refused: dict[str, str] = {}
    for remedy in effort.remedies:
        change = yield from remedy.change(world)
        if isinstance(change, str):
            refused[remedy.NAME] = change
        else:
            changes[remedy.NAME] = change
    starts: dict[str, list[_Start]] = {name: [] for name in changes}
    total = effort.starts * (len(changes) + 1)
    for round_number in range(effort.starts):
        for place, (name, change) in enumerate(changes.items()):
            done = round_number * (len(changes) + 1) + place + 1
            yield Progress(step="remedies", done=done, total=total, note=f"{name}: {len(sent)} requests, a fresh start")
            if name in refused:
                continue
            try:
                starts[name].append(_started(_changed(launch, change), sent, effort, fixed_port))
            except ServiceFailed as cause:
                refused[name] = f"the service does not run with it: {cause.what}"
        if len(untouched) < effort.starts:
            untouched.append(_started(launch, sent, effort, fixed_port))
    for name, each in starts.items():
        if name not in refused and (others := [start.statuses for start in each if not _is_one_of(start, untouched)]):
            refused[name] = f"it answers otherwise with it: {_counted(others[0])}, not {_counted(first.statuses)}"
    return Remedies(
        untouched=_trial("untouched", "as it is", Change(environment=()), untouched),
        trials=tuple(
            replace(
                _trial(each.NAME, each.SAYS, changes.get(each.NAME, Change(environment=())), starts.get(each.NAME, ())),
                failed=refused.get(each.NAME, ""),
            )
            for each in effort.remedies
        ),
        requests=len(sent),
        clients=_CLIENTS,
    )


def _changed(launch: Launch, change: Change) -> Launch:
    environment = {**dict(launch.environment), **dict(change.environment)}
    return replace(launch, environment=tuple(environment.items()), mounts=(*launch.mounts, *change.mounts))


def _started(launch: Launch, sent: Sequence[Request], effort: Effort, fixed_port: int) -> _Start:
    with injected(launch, fixed_port=fixed_port, exact=False) as (with_agent, agents), running(with_agent) as service:
        settle(agents, 0)
        seconds, statuses = _asked(service, sent)
        time.sleep(effort.settling_seconds)
        return _measured(agents, seconds, statuses)


def _asked(service: Running, sent: Sequence[Request]) -> tuple[list[float], Counter[int]]:
    """Latencies of the later three quarters, and all statuses; several clients, each with a share in the same order."""

    def ask(share: Sequence[Request]) -> list[tuple[float, int]]:
        client = Client(_HOST, service.port)
        try:
            return [(seconds, answer.status) for seconds, answer in map(client.ask, share)]
        finally:
            client.close()

    with ThreadPoolExecutor(_CLIENTS) as clients:
        shares = list(clients.map(ask, [sent[n::_CLIENTS] for n in range(_CLIENTS)]))
    seconds = [each for share in shares for each, _ in share[len(share) // 4 :]]
    return seconds, Counter(status for share in shares for _, status in share)


def _is_one_of(start: _Start, others: Sequence[_Start]) -> bool:
    """Whether it was answered as one of the others was."""
    return any(start.statuses == each.statuses for each in others)


def _counted(statuses: Counter[int]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))


def _measured(agents: Agents, seconds: Sequence[float], statuses: Counter[int]) -> _Start:
    found = agents.everyone("meter", collect=False)
    return _Start(
        resident_bytes=sum(each["proportional"] or each["resident"] or 0 for each in found.values()),
        peak_bytes=sum(each["peak"] or 0 for each in found.values()),
        seconds=median(seconds),
        allocator=next((each["allocator"] for each in found.values()), ""),
        statuses=statuses,
    )


def _trial(name: str, says: str, change: Change, starts: Sequence[_Start]) -> TriedSetting:
    return TriedSetting(
        name=name,
        says=says,
        environment=change.environment,
        added_bytes=change.added_bytes,
        resident_bytes=tuple(each.resident_bytes for each in starts),
        peak_bytes=tuple(each.peak_bytes for each in starts),
        seconds=tuple(each.seconds for each in starts),
    )
