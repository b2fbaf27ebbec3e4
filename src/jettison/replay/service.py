"""A service as a process: started inside a root file system, on a free port, on chosen CPUs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jettison.errors import ServiceFailed
from jettison.records import Answer, Request
from jettison.sandbox import container
from jettison.sandbox.memory import Memory
from jettison.workspace import scratch

from .client import Client
from .processes import peak_memory_bytes, tree

_LOOPBACK = "127.0.0.1"
_POLL_SECONDS = 0.005
_LAST_LINES = 12

OFFLINE: Mapping[str, str] = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
"""Nothing that is measured may go and fetch something."""

ONE_THREAD: Mapping[str, str] = {
    "JETTISON_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    # A spinning barrier burns the core that the other side of a comparison is measured on.
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    **OFFLINE,
}
"""Settings under which two stacks are compared: one thread each, passive waiting, no network."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How to start one service. It must listen on the port that ``$PORT`` names."""

    root: Path
    """Unpacked root file system; ``/`` for the host's own."""
    command: tuple[str, ...]
    """``$PORT`` in a word is the port, as it is in a value of the environment."""
    workdir: str
    environment: tuple[tuple[str, str], ...] = ()
    mounts: tuple[container.Mount, ...] = ()
    installed: tuple[Path, ...] = ()
    """Folders on the host that hold what it runs: its environment, or its root."""
    start_seconds: float = 180.0
    """Longest wait for the first connection."""


@dataclass(kw_only=True)
class Running:
    """A started service."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    started: float
    """`time.perf_counter` when the process was started."""
    memory: Memory | None = None
    load_seconds: float = 0.0
    """From the start of the process to the first accepted connection."""
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(_LOOPBACK, self.port)

    def ask(self, request: Request) -> tuple[float, Answer]:
        """Seconds and the answer.

        :raises ServiceFailed: no answer; with the service's last messages.
        """
        try:
            return self.client.ask(request)
        except ServiceFailed as cause:
            raise ServiceFailed(cause.what, where=self.messages(), next_step=cause.next_step) from cause

    def since_start(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self.started

    def peak_memory_bytes(self) -> int:
        """So far; see `processes.peak_memory_bytes`."""
        return peak_memory_bytes(self.process.pid)

    def killed_for_memory(self) -> bool:
        """Whether the kernel killed a process of it for want of memory; False too where that cannot be told."""
        return self.memory is not None and self.memory.kills() > 0

    def messages(self) -> str:
        """The last lines that the service wrote."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-_LAST_LINES:])


@contextlib.contextmanager
def running(launch: Launch, *, cpus: frozenset[int] | None = None, memory: Memory | None = None) -> Iterator[Running]:
    """Start a service, wait until it accepts connections, and end it afterwards with everything it started.

    :param memory: what its memory is held in.
    :raises ServiceFailed: it ended, or accepted no connection in time; with its last messages.
    """
    port = _free_port()
    environment = {name: value.replace("$PORT", str(port)) for name, value in launch.environment}
    environment["PORT"] = str(port)
    argv = container.argv(
        launch.root,
        tuple(word.replace("$PORT", str(port)) for word in launch.command),
        workdir=launch.workdir,
        environment=environment,
        mounts=launch.mounts,
        needed=launch.installed,
    )
    argv = memory.entered(argv) if memory else argv
    with scratch("log") as folder:
        log = folder / "log"
        with log.open("wb") as out, _on(cpus):
            started = time.perf_counter()
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        service = Running(process=process, port=port, log=log, started=started, memory=memory)
        try:
            _wait(service, launch.start_seconds)
            yield service
        finally:
            service.client.close()
            _end(process)


@contextlib.contextmanager
def _on(cpus: frozenset[int] | None) -> Iterator[None]:
    """This thread on those CPUs for a moment: what it starts meanwhile stays there."""
    if cpus is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _wait(service: Running, longest: float) -> None:
    while True:
        if service.process.poll() is not None:
            if service.killed_for_memory():
                raise ServiceFailed(
                    "the service was killed before it listened: its memory limit is too low to load it",
                    where=service.messages(),
                    next_step="give it more memory",
                )
            raise ServiceFailed(
                f"the service ended with code {service.process.returncode} before it listened",
                where=service.messages(),
                next_step="start it by hand the same way and read its first error",
            )
        with contextlib.suppress(OSError), socket.create_connection((_LOOPBACK, service.port), timeout=1):
            service.load_seconds = time.perf_counter() - service.started
            return
        if time.perf_counter() - service.started > longest:
            raise ServiceFailed(
                f"the service did not listen on port {service.port} within {longest:.0f} s",
                where=service.messages(),
                next_step="check that it listens on the port that $PORT names",
            )
        time.sleep(_POLL_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pid in reversed(tree(process.pid)):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
