"""A window around some of the requests in which the service's allocations are written down, and what it shows."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

from jettison.errors import EnvironmentUnusable, JettisonError, ServiceFailed
from jettison.records import Allocations, Holder, Progress, Site, Steps
from jettison.records.allocation import LEAST_BYTES_PER_REQUEST
from jettison.replay.service import Launch
from jettison.sandbox import container
from jettison.sandbox.container import Mount
from jettison.workspace import scratch

from . import ranking
from .agents import Agents
from .inside.tracking import CAPTURE, SNAPSHOTS
from .sources import Sources

PROGRAMS, WINDOWS, MEMRAY = "/jettison-agent/tracing", "/jettison-agent/windows", "/jettison-agent/memray"
"""Where they lie inside the service's world."""
_FILES = ("tracking.py", "holding.py", "reading.py")
PARTS = 6
"""Of a window: the first two are N requests, the other four 2 N."""
_SETTLING = 5
"""Requests before the first part, at least."""
_READING_SECONDS = 600
_WALK_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What windows need on this side."""

    launch: Launch
    """The service, with the programs of a window in it."""
    folder: Path
    """Where windows leave their files."""
    has_memray: bool
    reason: str
    """Why there is no memray."""

    @property
    def memray(self) -> str:
        """Where it lies inside; empty without it."""
        return MEMRAY if self.has_memray else ""


@contextlib.contextmanager
def equipped(launch: Launch, memray: Path | None, reason: str = "") -> Iterator[Desk]:
    """The same service with what a window needs mounted in it; nothing is left afterwards."""
    with scratch("windows") as made:
        programs, folder = made / "programs", made / "windows"
        programs.mkdir()
        folder.mkdir()
        for name in _FILES:
            (programs / name).write_bytes((resources.files("jettison.soak") / "inside" / name).read_bytes())
        mounts = [Mount(source=programs, target=PROGRAMS), Mount(source=folder, target=WINDOWS, writable=True)]
        if memray is not None:
            mounts.append(Mount(source=memray, target=MEMRAY))
        yield Desk(
            launch=replace(launch, mounts=(*launch.mounts, *mounts)),
            folder=folder,
            has_memray=memray is not None,
            reason=reason,
        )


def allocations(
    agents: Agents, desk: Desk, send: Callable[[int], None], sources: Sources, *, requests: int, native: bool = True
) -> Steps[Allocations]:
    """Open a window, send requests in equal parts, close it, and say what was kept by which lines.

    A service that is killed meanwhile leaves its captures: then it is said what lived at its end.

    :param agents: of the running service, which was started from ``desk.launch``
    :param send: sends so many requests, with answers that were waited for
    :param requests: of the whole window; a part gets a sixth
    """
    each = max(1, requests // PARTS)
    opened = _opened(agents, desk, native)
    sent: list[int] = []
    died = ""
    try:
        # What is allocated once under a tracer belongs to no part.
        send(max(_SETTLING, each // 2))
        for part in range(PARTS):
            yield Progress(step="trace", done=part, total=PARTS, note=f"{each} requests with every allocation noted")
            _told(agents, opened, "mark")
            sent.append(each)
            send(each)
        yield Progress(step="trace", done=PARTS, total=PARTS, note="reading what was noted")
        _told(agents, opened, "untrack")
    except ServiceFailed as cause:
        died = cause.what
    found: list[ranking.Stack] = []
    for pid, answer in opened.items():
        read = _read(desk, pid, answer)
        found += ranking.stacks(_padded(read["stacks"], len(sent)), sources.own, pid=pid)
    chosen = ranking.sites(found, sent)
    ways: dict[int, Holder] = {}
    living = {pid: answer for pid, answer in opened.items() if pid in agents.pids()}
    if len(living) < len(opened):
        died = died or "a process of it was ended, and another one took its place"
    if living:
        ways = _holders(agents, chosen, sources, living)
        _told(agents, living, "forget")
    for left in desk.folder.rglob("*.*"):
        left.unlink()
    ran = {(frame.file, frame.line) for stack in found for frame in stack.frames if frame.own}
    held = [_keeping(replace(site, holder=ways.get(n)), ran, sources) for n, (site, _) in enumerate(chosen)]
    frames, kept = ranking.kept(found)
    return Allocations(
        tracer=next(iter(opened.values()))["tracer"],
        requests=tuple(sent),
        sites=tuple(_shown(site, sources) for site in ranking.joined(held)),
        frames=frames,
        kept=kept,
        died=died,
        notes=_notes(desk, opened),
    )


def _told(agents: Agents, opened: Iterable[int], do: str) -> None:
    """Say it to the processes that have a window, but those that have ended since."""
    for pid in opened:
        with contextlib.suppress(ServiceFailed):
            agents.ask(pid, do)


def _opened(agents: Agents, desk: Desk, native: bool) -> dict[int, dict[str, Any]]:
    """A window in every process; what each answered."""
    opened = {}
    for pid in agents.pids():
        for name in ("tracking.py", "holding.py"):
            agents.ask(pid, "extend", file=f"{PROGRAMS}/{name}")
        folder = desk.folder / str(pid)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)  # a worker may run as another user than the one who started it
        opened[pid] = agents.ask(pid, "track", folder=f"{WINDOWS}/{pid}", memray=desk.memray, native=native)
    if not opened:
        raise EnvironmentUnusable(
            "no process of the service has an agent",
            where="the service runs a Python that does not import sitecustomize",
            next_step="start it without -S, -I and -E",
        )
    return opened


def _read(desk: Desk, pid: int, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What lives of a window: ``stacks`` with bytes and counts by part."""
    folder = desk.folder / str(pid)
    if answer["tracer"] == "tracemalloc":
        return _of_snapshots(folder / SNAPSHOTS)
    inside = f"{WINDOWS}/{pid}/{CAPTURE}"
    launch = desk.launch
    argv = container.argv(
        launch.root,
        (answer["python"], "-B", f"{PROGRAMS}/reading.py", inside, MEMRAY),
        workdir="/",
        environment={"PATH": dict(launch.environment).get("PATH", ""), "PYTHONHASHSEED": "0"},
        mounts=launch.mounts,
        needed=launch.installed,
        network=False,
    )
    try:
        done = subprocess.run(argv, capture_output=True, timeout=_READING_SECONDS, check=False)
    except subprocess.TimeoutExpired as cause:
        raise _unreadable(f"reading took longer than {_READING_SECONDS} s") from cause
    if done.returncode:
        raise _unreadable(done.stderr.decode("utf-8", "replace").strip()[-600:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _unreadable(why: str) -> JettisonError:
    return EnvironmentUnusable(
        "what memray noted cannot be read", where=why, next_step="soak with fewer requests, or report this"
    )


def _of_snapshots(path: Path) -> dict[str, Any]:
    """Snapshots give what lives at each mark: what a part left is what lives more after it than before it."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    snapshots = [json.loads(line) for line in lines if line.endswith("}")]
    parts = max(0, len(snapshots) - 1)
    by_stack: dict[tuple[tuple[str, int], ...], list[tuple[int, int]]] = {}
    for number, snapshot in enumerate(snapshots):
        for each in snapshot["stacks"]:
            key = tuple((file, line) for file, line in each["stack"])
            by_stack.setdefault(key, [(0, 0)] * len(snapshots))[number] = (each["bytes"], each["count"])
    return {
        "stacks": [
            {
                "stack": [("", file, line, False) for file, line in key],
                "bytes": [max(0, now[0] - was[0]) for was, now in pairwise(living)],
                "counts": [max(0, now[1] - was[1]) for was, now in pairwise(living)],
            }
            for key, living in by_stack.items()
            if living[-1][0]
        ],
        "parts": parts,
    }


def _padded(stacks: Sequence[dict[str, Any]], parts: int) -> Iterator[dict[str, Any]]:
    """Every stack with a figure for each part, also where the process died or began within the window."""
    for each in stacks:
        yield {
            **each,
            **{name: (*each[name], *[0] * parts)[:parts] for name in ("bytes", "counts")},
        }


def _holders(
    agents: Agents,
    chosen: Sequence[tuple[Site, Sequence[ranking.Stack]]],
    sources: Sources,
    opened: Mapping[int, Mapping[str, Any]],
) -> dict[int, Holder]:
    """The holders of the first lines, each asked of the process that keeps most of it."""
    asked: dict[int, list[int]] = {}
    for number, (site, stacks) in enumerate(chosen):
        there = [each for each in stacks if each.pid in opened]
        if there and site.windows > 1 and site.bytes_per_request >= LEAST_BYTES_PER_REQUEST:
            asked.setdefault(max(there, key=lambda each: each.total).pid, []).append(number)
    found = {}
    for pid, numbers in asked.items():
        questions = [_question(*chosen[number], sources, opened[pid]["tracer"], pid) for number in numbers]
        answer = agents.ask(pid, "holders", sites=questions, own=sources.folders, seconds=_WALK_SECONDS)
        for number, holder in zip(numbers, answer["holders"], strict=True):
            if holder is not None:
                found[number] = _holder(holder, sources)
    return found


def _question(site: Site, stacks: Sequence[ranking.Stack], sources: Sources, tracer: str, pid: int) -> dict[str, Any]:
    if tracer == "tracemalloc":
        return {"file": sources.inside(site.file), "line": site.line}
    # Stacks with survivors of every part first: what is in the last part alone may be a container that grew.
    ranked = sorted(stacks, key=lambda each: (-sum(size > 0 for size in each.size_bytes), -each.total))
    return {"addresses": [address for each in ranked if each.pid == pid for address in each.addresses]}


def _holder(found: Mapping[str, Any], sources: Sources) -> Holder:
    names = tuple(found["names"])
    return Holder(
        name=found["name"],
        kind=found["kind"],
        items=found["items"],
        module=found["module"],
        names=names,
        through=found["through"],
        kept=found["type"],
        task=found["task"],
        filled_at=sources.filled(names),
    )


def _keeping(site: Site, ran: Collection[tuple[str, int]], sources: Sources) -> Site:
    """The line that keeps what this one allocates, where it is to be told: it fills the holder, and it ran."""
    holder = site.holder
    if holder is None or not holder.filled_at:
        return site
    calls = {(frame.file, frame.line) for frame in site.stack}
    places = [ranking.place(each) for each in holder.filled_at]
    fitting = (
        [each for each in places if each in calls]
        or [each for each in places if each in ran]
        or [each for each in places if each[0] == site.file and sources.function(*each) == site.function]
    )
    if site.own and not fitting:
        return site
    file, line = (fitting or places)[0]
    filled = tuple(f"{name}:{number}" for name, number in fitting or places)
    return replace(
        site,
        file=file,
        line=line,
        function="",
        own=True,
        allocated_at=site.place if site.own and (file, line) != (site.file, site.line) else "",
        holder=replace(holder, filled_at=filled),
    )


def _shown(site: Site, sources: Sources) -> Site:
    function = site.function or sources.function(site.file, site.line)
    return replace(site, function=function, source=sources.excerpt(site.file, site.line))


def _notes(desk: Desk, opened: Mapping[int, Mapping[str, Any]]) -> tuple[str, ...]:
    reasons = dict.fromkeys(desk.reason or each["why"] for each in opened.values() if each["tracer"] == "tracemalloc")
    return tuple(f"{reason}: tracemalloc was used, which does not see memory of C code" for reason in reasons)
