"""One endpoint in a fresh process of its own, with every allocation of a window noted."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from jettison.records import Allocations, Request, Steps
from jettison.replay.service import Launch, running

from .agents import injected
from .driving import settle
from .endpoints import Endpoint
from .sources import Sources
from .windows import allocations, equipped

_SEED = 20261128


@dataclass(frozen=True, kw_only=True)
class Tracer:
    """What notes the allocations, and how many requests are sent meanwhile."""

    memray: Path | None
    """Its folder; None where it does not fit the service's Python."""
    reason: str = ""
    """Why there is none."""
    requests: int = 300
    warmup: int = 60
    native: bool = True
    """With the calls of C; slower."""


def traced(
    launch: Launch, endpoint: Endpoint, sources: Sources, tracer: Tracer, *, fixed_port: int = 0
) -> Steps[Allocations]:
    """Start the service, warm it up, and say which of its lines keep what of every request.

    :param fixed_port: as of `driving.soaked`
    :raises ServiceFailed: it does not start, or ends while it warms up.
    """
    with (
        equipped(launch, tracer.memray, tracer.reason) as desk,
        injected(desk.launch, fixed_port=fixed_port) as (with_agent, agents),
        running(with_agent) as service,
    ):
        settle(agents, 0)
        asked = cycle(_all_of(endpoint))

        def send(count: int) -> None:
            for request in islice(asked, count):
                service.ask(request)

        send(tracer.warmup)
        found = yield from allocations(
            agents,
            replace(desk, launch=with_agent),
            send,
            sources,
            requests=tracer.requests,
            native=tracer.native,
        )
    return replace(found, endpoint=endpoint.name)


def _all_of(endpoint: Endpoint) -> tuple[Request, ...]:
    """The mix among all others, which it may take to leave something behind."""
    others = [*endpoint.new_sizes, *endpoint.new_requests]
    if not others:
        return endpoint.mix
    random.Random(_SEED).shuffle(others)  # noqa: S311  (each part of the window shall get some of every kind)
    return tuple(each for pair in zip(cycle(endpoint.mix), others, strict=False) for each in pair)
