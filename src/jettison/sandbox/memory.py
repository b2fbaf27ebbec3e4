"""How much memory a command and all that it starts may have together, and how much they had.

A control group of the kernel's, made for one run (`Group`): version 2, or version 1 where the memory controller still
is. That takes root's rights, or a group that was handed over to the user. Without them there is a limit for each
process (`Ceiling`), which is not the same: it counts what a process asked for and not what it touched, processes do not
add up, files and the kernel's own memory are left out, and who asks for more gets an error and is not killed.

A group's name says which process made it: the next run removes what a killed one left behind.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import EnvironmentUnusable

_PREFIX = "jettison-"
_ENTER = 'echo $$ > "$0" && exec "$@"'
_GONE_SECONDS = 5.0
_NUMBERS = itertools.count()
_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class _Files:
    """What the kernel calls it in one version."""

    limit: str
    swap: str
    """In version 1 memory and swap together."""
    used: str
    peak: str
    kills: str
    """A file with a line ``oom_kill N``."""
    cache: str
    shared: str
    idle: str
    """Lines of memory.stat: pages of files, those among them that have no file behind them (tmpfs), and those that were
    not used lately."""


_VERSIONS = {
    1: _Files(
        limit="memory.limit_in_bytes",
        swap="memory.memsw.limit_in_bytes",
        used="memory.usage_in_bytes",
        peak="memory.max_usage_in_bytes",
        kills="memory.oom_control",
        cache="total_cache",
        shared="total_shmem",
        idle="total_inactive_file",
    ),
    2: _Files(
        limit="memory.max",
        swap="memory.swap.max",
        used="memory.current",
        peak="memory.peak",
        kills="memory.events",
        cache="file",
        shared="shmem",
        idle="inactive_file",
    ),
}


class Memory(Protocol):
    """What a command's memory is held in."""

    @property
    def name(self) -> str:
        """Of the way, for people."""
        ...

    def entered(self, argv: Sequence[str]) -> list[str]:
        """What to start so that the command runs in it."""
        ...

    def kills(self) -> int:
        """Processes that the kernel killed for want of memory; 0 where it cannot be told."""
        ...


@dataclass(frozen=True, kw_only=True)
class Group:
    """A control group with nothing in it but what was started through `entered`."""

    folder: Path
    version: int

    @property
    def name(self) -> str:
        """Of the way, for people."""
        return f"cgroup v{self.version}"

    def entered(self, argv: Sequence[str]) -> list[str]:
        """The command, begun by a shell that puts itself into the group first."""
        return ["/bin/sh", "-c", _ENTER, str(self.folder / "cgroup.procs"), *argv]

    def limit(self, limit_bytes: int) -> None:
        """All of it together gets no more than this, and nothing of it is swapped out.

        :raises EnvironmentUnusable: it has more already, and cannot give it back.
        """
        try:
            (self.folder / self._files.limit).write_text(str(limit_bytes))
            # Containers do not swap. A kernel without swap may have no such file.
            if (swap := self.folder / self._files.swap).exists():
                swap.write_text(str(limit_bytes) if self.version == 1 else "0")
        except OSError as cause:
            raise EnvironmentUnusable(
                f"no limit of {limit_bytes / 1e6:.0f} MB can be set: {cause.strerror}",
                where=str(self.folder),
                next_step="set it before the service is started, or higher",
            ) from cause

    def firm_bytes(self) -> int:
        """What is in use and cannot be taken back: all but the pages of files, which are read again when needed."""
        return self._number(self._files.used) - self.file_bytes()

    def working_bytes(self) -> int:
        """All but pages of files that were not used lately: what Kubernetes calls the working set."""
        return self._number(self._files.used) - self._line("memory.stat", self._files.idle)

    def file_bytes(self) -> int:
        """Pages of files that were read for this group first; other groups' are not counted twice."""
        return self._line("memory.stat", self._files.cache) - self._line("memory.stat", self._files.shared)

    def restart_peak(self) -> bool:
        """Count `peak_bytes` from now on; False where this kernel counts from the group's beginning alone."""
        try:
            (self.folder / self._files.peak).write_text("0")
        except OSError:
            return False
        # Version 2 takes the writing for a wish about the open file alone: read again, the peak is the old one.
        return self.version == 1

    def peak_bytes(self) -> int:
        """The most that was in use at once, with pages of files: the kernel's own count, nothing is sampled."""
        return self._number(self._files.peak)

    def kills(self) -> int:
        """Processes of the group that the kernel killed for want of memory."""
        return self._line(self._files.kills, "oom_kill")

    def refaults(self) -> int:
        """Pages of files that were taken back and then were needed again."""
        return self._line("memory.stat", "workingset_refault_file")

    def pids(self) -> tuple[int, ...]:
        """Processes in it, as this machine counts them."""
        try:
            found = (self.folder / "cgroup.procs").read_text().split()
        except OSError:
            return ()
        return tuple(int(pid) for pid in found if pid != "0")

    @property
    def _files(self) -> _Files:
        return _VERSIONS[self.version]

    def _number(self, name: str) -> int:
        return int((self.folder / name).read_text())

    def _line(self, file: str, name: str) -> int:
        lines = (line.split() for line in (self.folder / file).read_text().splitlines())
        return next((int(line[1]) for line in lines if line[0] == name), 0)


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """A limit on the data of each process; see above for what it is not."""

    limit_bytes: int | None = None
    name: str = "RLIMIT_DATA of each process"

    def entered(self, argv: Sequence[str]) -> list[str]:
        """The command under util-linux's ``prlimit``."""
        return list(argv) if self.limit_bytes is None else ["prlimit", f"--data={self.limit_bytes}", "--", *argv]

    def kills(self) -> int:
        """None: what asks for too much is told so, and not killed."""
        return 0


@contextlib.contextmanager
def held(limit_bytes: int | None = None) -> Iterator[Group | Ceiling]:
    """A control group, empty and with that limit; or a ceiling, where this machine lets us make none.

    Afterwards whatever still runs in it is killed, and it is gone.
    """
    try:
        parent = place()
    except EnvironmentUnusable:
        yield Ceiling(limit_bytes=limit_bytes)
        return
    swept(parent)
    group = _made(parent)
    try:
        if limit_bytes is not None:
            group.limit(limit_bytes)
        yield group
    finally:
        removed(group)


@functools.cache
def place() -> Group:
    """The group below which groups can be made, tried once by really running ``/bin/true`` in one.

    :raises EnvironmentUnusable: there is none, with what each place answered.
    """
    reasons = []
    for parent in parents():
        reason = refusal(parent)
        if reason is None:
            return parent
        reasons.append(f"{parent.folder}: {reason}")
    raise EnvironmentUnusable(
        "no control group for memory can be made here",
        where="; ".join(reasons) or "there is no memory controller",
        next_step="run as root, or in a group of your own: `systemd-run --user --scope -p Delegate=yes …`",
    )


def parents(mountinfo: Path = _PROC / "self/mountinfo", own: Path = _PROC / "self/cgroup") -> tuple[Group, ...]:
    """The groups that this process is in, of version 2, then of version 1; the outermost first.

    That one is the same for the next run, which is to find there what this one may leave.
    """
    paths = {}
    for line in own.read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if not kinds or "memory" in kinds.split(","):
            paths[1 if kinds else 2] = path
    found = []
    for line in mountinfo.read_text().splitlines():
        mounted, _, filesystem = line.partition(" - ")
        _, _, _, root, point, *_ = mounted.split()
        kind, _, options = filesystem.split(" ", 2)
        version = {"cgroup2": 2, "cgroup": 1}.get(kind, 0)
        if version not in paths or (version == 1 and "memory" not in options.split(",")):
            continue
        inside = paths[version].removeprefix(root.rstrip("/")).strip("/")
        folder = Path(point) / inside
        # A container may see its own group as the top, and still be told the path that it has outside.
        while folder != Path(point) and not folder.is_dir():
            folder = folder.parent
        depth = len(folder.relative_to(point).parts)
        found += [Group(folder=each, version=version) for each in (folder, *folder.parents)[depth::-1]]
    return tuple(sorted(found, key=lambda each: -each.version))


def refusal(parent: Group) -> str | None:
    """Why no group can be made below this one; None when it can."""
    try:
        group = _made(parent)
    except OSError as cause:
        return cause.strerror or str(cause)
    try:
        done = subprocess.run(group.entered(["/bin/true"]), capture_output=True, text=True, check=False)
        if done.returncode:
            return "no process can be put into it"
        group.kills()
        group.peak_bytes()
    except (OSError, ValueError) as cause:
        return str(cause)
    finally:
        removed(group)
    return None


def _made(parent: Group) -> Group:
    """A new group. :raises OSError: it cannot be made, or has no memory controller."""
    if parent.version == 2:
        control = parent.folder / "cgroup.subtree_control"
        if "memory" not in control.read_text().split():
            control.write_text("+memory")
    folder = parent.folder / f"{_PREFIX}{os.getpid()}-{_began(os.getpid())}-{next(_NUMBERS)}"
    folder.mkdir()
    group = Group(folder=folder, version=parent.version)
    if not (folder / _VERSIONS[parent.version].limit).exists():
        removed(group)
        raise OSError(errno.ENOENT, "it has no memory controller")
    return group


def swept(parent: Group) -> None:
    """Remove the groups of processes that are gone: a killed run cannot remove its own."""
    for folder in parent.folder.glob(f"{_PREFIX}*"):
        parts = folder.name.removeprefix(_PREFIX).split("-")
        if len(parts) == 3 and parts[0].isdigit() and _began(int(parts[0])) != parts[1]:
            removed(Group(folder=folder, version=parent.version))


def removed(group: Group) -> None:
    """Kill what runs in it and remove it; waits until the kernel has let go of the dead."""
    until = time.monotonic() + _GONE_SECONDS
    while True:
        for pid in group.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            group.folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > until:
                return  # a process that even SIGKILL does not end: the next run tries again
            time.sleep(0.01)
        else:
            return


def _began(pid: int) -> str:
    """When a process began, in ticks since the machine did: with its number it names it for good; empty when gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
