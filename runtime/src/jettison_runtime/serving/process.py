"""The life of the process: load, warm up, be ready, and end in order."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

import uvicorn

from . import exposition, friendly, front, open_inference, openapi
from .application import Application
from .loading import loaded
from .logs import Log
from .routes import Route, Table
from .service import Service, State
from .settings import Settings

ROUTES: list[Route] = [
    *open_inference.ROUTES,
    *friendly.ROUTES,
    *exposition.ROUTES,
    *openapi.ROUTES,
    *front.ROUTES,
]
"""Every path that is served."""

_SWEEP_SECONDS = 0.5


def run(settings: Settings) -> int:
    """Serve until told to stop; gives back the exit code."""
    log = Log()
    try:
        return asyncio.run(_Process(settings, log).live())
    finally:
        log.flush()


class _Server(uvicorn.Server):
    """uvicorn, whose signals are ours."""

    def capture_signals(self) -> Any:
        import contextlib

        return contextlib.nullcontext()


class _Process:
    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings, self._log = settings, log
        self._code = 0

    async def live(self) -> int:
        """From start to end."""
        service = Service(self._settings, self._log)
        config = uvicorn.Config(
            Application(service, Table(ROUTES)),
            host=self._settings.host,
            port=self._settings.port,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=int(self._settings.keep_alive_seconds),
            timeout_graceful_shutdown=int(self._settings.drain_seconds),
        )
        server = _Server(config)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._told, number, service, server)
        threading.Thread(target=self._load, args=(service, server, loop), name="loading", daemon=True).start()
        sweeper = asyncio.ensure_future(self._sweep(service))
        await server.serve()
        sweeper.cancel()
        self._log.line("ended", code=self._code)
        return self._code

    def _load(self, service: Service, server: _Server, loop: asyncio.AbstractEventLoop) -> None:
        from jettison_runtime.errors import ModelFolderError

        try:
            served = loaded(self._settings)
        except ModelFolderError as cause:
            self._code = 10
            self._log.line("not served", error=str(cause))
            server.should_exit = True
            return
        loop.call_soon_threadsafe(self._ready, service, served)

    def _ready(self, service: Service, served: Any) -> None:
        service.served = served
        service.inference.start()
        if service.state is State.LOADING:
            service.state = State.READY
        self._log.line("ready", model=served.name, port=self._settings.port)

    def _told(self, number: int, service: Service, server: _Server) -> None:
        if service.state is State.DRAINING:
            self._log.line("stopped at once", signal=signal.Signals(number).name)
            self._log.flush(0.2)
            os._exit(128 + number)
        service.state = State.DRAINING
        self._log.line("draining", signal=signal.Signals(number).name)
        asyncio.get_running_loop().call_later(self._settings.grace_seconds, setattr, server, "should_exit", True)

    async def _sweep(self, service: Service) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            service.bodies.sweep()
