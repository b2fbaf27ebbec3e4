"""A service under a memory limit of the kernel's: does it live through its worst, is it killed, does it not start?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.records import Envelope, Outcome, Progress, Request, Steps, Trial
from jettison.replay import processes
from jettison.replay.pages import let_go
from jettison.replay.service import Launch, Running, running
from jettison.sandbox.container import Mount
from jettison.sandbox.memory import Group, held

from .envelopes import STEP
from .load import Load, loaded

_TICK_SECONDS = 0.02
_REFUSED = "the container allows"
"""So says every server of ours that does not start for its certificate."""
_GROUPS = Path("/sys/fs/cgroup")


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
    launch = replace(launch, environment=tuple(variables.items()), mounts=(*launch.mounts, *seen))
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
                processes.forget_touched(service.process.pid)
                passed = loaded(load, seconds, watch.look, ticks=_TICK_SECONDS)
                outcome, said = _outcome(service, memory)
                found = replace(
                    blank,
                    outcome=outcome,
                    said=said,
                    files_bytes=processes.touched_file_bytes(service.process.pid),
                    seconds=passed,
                    statuses=tuple(sorted(load.statuses.items())),
                )
        except ServiceFailed as cause:
            said = cause.where or cause.what
            outcome = "refused" if _REFUSED in said else "killed" if memory.kills() else "failed"
            found = replace(blank, outcome=outcome, said=said)
        return replace(
            found,
            peak_bytes=watch.peak_bytes,
            kernel_peak_bytes=memory.peak_bytes(),
            kills=memory.kills(),
            refaults=memory.refaults(),
        )


@dataclass(kw_only=True)
class _Watch:
    memory: Group
    peak_bytes: int = 0

    def look(self) -> bool:
        """Whether nothing of it was killed yet."""
        self.peak_bytes = max(self.peak_bytes, self.memory.firm_bytes())
        return not self.memory.kills()


def _outcome(service: Running, memory: Group) -> tuple[Outcome, str]:
    if memory.kills():
        return "killed", f"the kernel killed {memory.kills()} of its processes for want of memory"
    if (code := service.process.poll()) is not None:
        return "failed", f"it ended with code {code}: {service.messages()}"
    return "held", ""
