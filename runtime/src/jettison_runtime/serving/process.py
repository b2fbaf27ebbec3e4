"""The life of the process: listen, load, warm up, be ready, and end in order."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import logging
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import uvicorn

from jettison_runtime.errors import ModelFolderError

from . import connections, exposition, friendly, front, open_inference, openapi
from .application import Application
from .at_once import seconds_a_value
from .command import MACHINE_UNUSABLE, MODEL_UNREADABLE
from .loading import loaded
from .logs import Log
from .routes import Route, Table
from .served import Served
from .service import Service, State
from .settings import Settings
from .warmup import Batching, batching

ROUTES: list[Route] = [
    *open_inference.ROUTES,
    *friendly.ROUTES,
    *exposition.ROUTES,
    *openapi.ROUTES,
    *front.ROUTES,
]
"""Every path that is served."""

SERVICE_FAILED = 24
"""An exit code, as those of `command`."""
_SWEEP_SECONDS = 0.25
_SWITCH_SECONDS = 0.001
"""After which a Python thread lets another one run: health is answered while the model's thread prepares inputs."""
_SPARE_FILES, _MANY_FILES = 64, 1 << 20
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""Each ends the process in order; a second one at once."""


def run(settings: Settings) -> int:
    """Serve until told to stop; gives back the exit code."""
    _hold_standard_streams()
    log = Log()
    sys.setswitchinterval(_SWITCH_SECONDS)
    np.seterr(over="ignore")  # a number that is too large for its type is refused in a sentence (`tensors`)
    for name in ("uvicorn", "grpc"):
        logging.getLogger(name).addHandler(_Forwarded(log, name))
        logging.getLogger(name).propagate = False
    # A signal that comes between listening and the handlers waits for them, instead of ending the process unheard.
    # Not by a mask: a thread that runs already (numpy's, the log's) has a mask of its own, and would get the signal.
    early: list[int] = []
    for ours in _SIGNALS:
        signal.signal(ours, lambda number, _: early.append(number))
    try:
        listening = _listening(settings)
    except OSError as cause:
        sys.stderr.write(
            f"jettison serve: port {settings.port} cannot be had ({cause.strerror}): choose another with --port\n"
        )
        return MACHINE_UNUSABLE
    code = asyncio.run(_Process(settings, log).live(listening, early))
    log.flush()
    return code


def _hold_standard_streams() -> None:
    """See that 0, 1 and 2 are open, so that no socket gets the number to which the log is written."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one


class _Server(uvicorn.Server):
    """uvicorn, whose signals are ours."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them alone."""
        yield


class _Forwarded(logging.Handler):
    """A server's own messages, as lines of our log."""

    def __init__(self, log: Log, name: str) -> None:
        super().__init__(logging.WARNING)
        self._log, self._name = log, name

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging."""
        failed = record.exc_info[1] if record.exc_info else None
        self._log.line(self._name, said=record.getMessage().strip(), **({"error": repr(failed)} if failed else {}))


class _Process:
    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings, self._log = settings, log
        self._code = 0

    async def live(self, listening: socket.socket, early: Collection[int]) -> int:
        """From start to end, with the signals that came already; gives back the exit code."""
        settings = self._settings
        service = Service(settings, self._log)
        connections.Connection.most = _connections(settings.max_connections, others=settings.grpc_port is not None)
        config = uvicorn.Config(
            Application(service, Table(ROUTES)),
            http=connections.Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=2048,
            timeout_graceful_shutdown=int(settings.drain_seconds),
        )
        server = _Server(config)
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._told, number, service, server)
        for came in early:
            loop.call_soon(self._told, came, service, server)
        try:
            grpc_server, numbers = await self._grpc(service)
        except OSError as cause:
            sys.stderr.write(f"jettison serve: no gRPC at port {settings.grpc_port} ({cause}): choose another one\n")
            return MACHINE_UNUSABLE
        host, port = listening.getsockname()[:2]
        self._log.line("listening", host=host, port=port, **numbers, pid=os.getpid())
        threading.Thread(target=self._load, args=(service, server, loop), name="loading", daemon=True).start()
        sweeper = asyncio.ensure_future(self._sweep(service, server))
        stopping = self._stop(grpc_server, server) if grpc_server is not None else asyncio.sleep(0)
        await asyncio.gather(server.serve(sockets=[listening]), stopping)
        sweeper.cancel()
        self._log.line("ended", code=self._code)
        return self._code

    async def _grpc(self, service: Service) -> tuple[Any, dict[str, int]]:
        """gRPC's server and its port, where there is to be one.

        :raises OSError: its port cannot be had.
        """
        settings = self._settings
        if settings.grpc_port is None:
            return None, {}
        from .rpc.server import GrpcServer  # an extra

        found = GrpcServer(service)
        return found, {"grpc_port": await found.start(settings.host, settings.grpc_port)}

    async def _stop(self, grpc_server: Any, server: _Server) -> None:
        """Take no more calls of gRPC once HTTP takes none."""
        while not server.should_exit:
            await asyncio.sleep(_SWEEP_SECONDS)
        await grpc_server.stop(self._settings.drain_seconds)

    def _load(self, service: Service, server: _Server, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread of its own: everything up to readiness."""
        try:
            served = loaded(self._settings)
            found = batching(served, self._settings)
            if self._settings.batch_rows in (None, 1):  # who wants rows together wants them to wait for each other
                served = dataclasses.replace(served, seconds_a_value=seconds_a_value(served))
        except ModelFolderError as cause:
            self._not_served(server, str(cause), MODEL_UNREADABLE)
            return
        except Exception as cause:  # noqa: BLE001  (whatever keeps a model from loading ends the process, said and coded)
            self._not_served(server, f"the model cannot be loaded: {cause!r}", SERVICE_FAILED)
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: told to stop meanwhile
            loop.call_soon_threadsafe(self._ready, service, served, found)

    def _not_served(self, server: _Server, why: str, code: int) -> None:
        self._code = code
        sys.stderr.write(f"jettison serve: {why}\n")
        self._log.line("not served", error=why)
        server.should_exit = True

    def _ready(self, service: Service, served: Served, found: Batching) -> None:
        service.served = served
        service.inference.rows_together = found.rows
        service.inference.start()
        gc.collect()
        gc.freeze()  # what was loaded stays: no collection looks at it again
        if service.state is State.LOADING:
            service.state = State.READY
        self._log.line("batching", rows=found.rows, why=found.why, seconds_a_row=dict(found.seconds_a_row))
        at_once = served.seconds_a_value < math.inf
        self._log.line("ready", model=served.name, task=served.task, form=served.form, at_once=at_once)

    def _told(self, number: int, service: Service, server: _Server) -> None:
        """A signal came: the first ends in order, the second at once."""
        name = signal.Signals(number).name
        if service.state is State.DRAINING:
            self._log.line("stopped at once", signal=name)
            self._log.flush(0.2)
            os._exit(128 + number)
        # A person who ends it is not a platform that has to hear of it first.
        asked = number == signal.SIGTERM and service.state is State.READY
        grace = self._settings.grace_seconds if asked else 0.0
        service.state = State.DRAINING
        self._log.line("draining", signal=name, grace_seconds=grace, in_flight=service.in_flight)
        asyncio.get_running_loop().call_later(grace, setattr, server, "should_exit", True)

    async def _sweep(self, service: Service, server: _Server) -> None:
        """Four times a second: give up on who is too slow, and on a model that hangs."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            service.bodies.sweep()
            connections.sweep(
                server.server_state.connections,
                read_seconds=self._settings.read_seconds,
                idle_seconds=self._settings.keep_alive_seconds,
            )
            overdue = service.inference.overdue_seconds()
            if overdue > self._settings.hang_seconds:
                self._log.line("hangs", overdue_seconds=round(overdue, 1))
                self._log.flush(0.5)
                os._exit(SERVICE_FAILED)


def _listening(settings: Settings) -> socket.socket:
    """A listening socket.

    :raises OSError: it cannot be bound.
    """
    listening = _bound(settings)
    # asyncio does this only for connections whose listening socket names its protocol. Without it the body of an
    # answer waits 40 ms for the client's receipt of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _bound(settings: Settings) -> socket.socket:
    """Of every address, where none is named."""
    if settings.host:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    if socket.has_dualstack_ipv6():
        with contextlib.suppress(OSError):  # built in, but switched off
            return socket.create_server(("", settings.port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", settings.port))


def _connections(wanted: int, *, others: bool) -> int:
    """As many as are wanted, if the process may have so many open files.

    :param others: there are connections beside these, which nobody bounds (gRPC's): as many files as can be had.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _MANY_FILES if others else wanted + _SPARE_FILES
    if soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    return max(1, min(wanted, soft - _SPARE_FILES))


def end(code: int) -> None:
    """End the process now: threads that are still inside the model must not run on while Python is taken down."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed before the process began
            stream.flush()
    os._exit(code)
