"""The agents inside a service that is soaked: how they get in, and how they are asked."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.replay.service import Launch
from jettison.sandbox.container import Mount
from jettison.workspace import scratch

from .agent import PORTS, VARIABLE

PROGRAMS, SOCKETS = "/jettison-agent/programs", "/jettison-agent/sockets"
"""Where they lie inside the service's world."""
_NAME = "sitecustomize.py"
_EXACT = "glibc.malloc.tcache_count=0"
"""What lies in glibc's caches of each thread counts as in use: up to 40 B a request of drift in a clean service."""
_ANSWER_SECONDS = 120.0
_CREDENTIALS = struct.Struct("3i")
"""``struct ucred`` of unix(7): process, user, group."""


@dataclass(frozen=True, kw_only=True)
class Agents:
    """One in every Python process of the service."""

    sockets: Path
    """On this machine."""

    def pids(self) -> tuple[int, ...]:
        """Process ids, as the service's own world counts them, that have an agent which listens; ascending."""
        return tuple(sorted(pid for pid in self._known() if self._listens(pid)))

    def ask(self, pid: int, do: str, **asked: Any) -> dict[str, Any]:
        """What one of them answers.

        :raises ServiceFailed: its process is gone.
        :raises EnvironmentUnusable: the command went wrong in there.
        """
        try:
            with self._connected(pid) as connection:
                connection.sendall(json.dumps({"do": do, **asked}).encode() + b"\n")
                with connection.makefile("rb") as answer:
                    line = answer.readline()
        except OSError as cause:
            raise _gone(pid, str(cause)) from cause
        if not line:
            raise _gone(pid, "it closed the connection")
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise EnvironmentUnusable(
                f"the agent cannot {do}: {found['error']}",
                where=f"process {pid} of the service",
                next_step="run the same command with --debug, and report it",
            )
        return found

    def everyone(self, do: str, **asked: Any) -> dict[int, dict[str, Any]]:
        """What each answers, by process id; one whose process ends meanwhile is left out."""
        found = {}
        for pid in self.pids():
            with contextlib.suppress(ServiceFailed):
                found[pid] = self.ask(pid, do, **asked)
        return found

    def _known(self) -> Iterator[int]:
        for path in self.sockets.glob("*.sock"):
            if path.stem.isdigit():
                yield int(path.stem)

    def _listens(self, pid: int) -> bool:
        with contextlib.suppress(OSError), self._connected(pid):
            return True
        return False

    @contextlib.contextmanager
    def _connected(self, pid: int) -> Iterator[socket.socket]:
        """By way of a descriptor of the folder: the path of a socket may have 107 characters, and TMPDIR be longer."""
        folder = os.open(self.sockets, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_ANSWER_SECONDS)
                connection.connect(f"/proc/self/fd/{folder}/{pid}.sock")
                if not _lives(connection):
                    raise ConnectionRefusedError("it ended, and a process that it forked keeps its socket open")
                yield connection
        finally:
            os.close(folder)


@contextlib.contextmanager
def injected(launch: Launch, *, fixed_port: int = 0, exact: bool = True) -> Iterator[tuple[Launch, Agents]]:
    """The same service with an agent in it, and the way to ask it; nothing is left afterwards.

    :param fixed_port: the one that the app's own code binds: it gets the one that ``$PORT`` names instead.
    :param exact: let no thread keep a cache of its own, so that bytes in use are to the byte; else the allocator is as
        the service has it.
    """
    with scratch("agent") as folder:
        programs, sockets = folder / "programs", folder / "sockets"
        programs.mkdir()
        sockets.mkdir()
        with resources.as_file(resources.files("jettison.soak") / "agent.py") as source:
            shutil.copyfile(source, programs / _NAME)
        found = dict(launch.environment)
        found["PYTHONPATH"] = ":".join((PROGRAMS, *filter(None, [found.get("PYTHONPATH")])))
        found[VARIABLE] = SOCKETS
        if exact:
            found["GLIBC_TUNABLES"] = ":".join(filter(None, [found.get("GLIBC_TUNABLES"), _EXACT]))
        if fixed_port:
            found[PORTS] = f"{fixed_port}:$PORT"
        mounts = (
            Mount(source=programs, target=PROGRAMS),
            Mount(source=sockets, target=SOCKETS, writable=True),
        )
        yield (
            replace(launch, environment=tuple(found.items()), mounts=(*launch.mounts, *mounts)),
            Agents(sockets=sockets),
        )


def _lives(connection: socket.socket) -> bool:
    """Whether the process that began to listen is there; the kernel gives its id, or 0 where it cannot."""
    pid, _, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return bool(pid == 0)
    return state not in ("Z", "X")


def _gone(pid: int, why: str) -> ServiceFailed:
    return ServiceFailed(
        f"process {pid} of the service is gone: {why}",
        next_step="look at the service's own messages; the kernel's log says whether it was killed for its memory",
    )
