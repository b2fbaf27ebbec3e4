"""What is looked at every few milliseconds while there is something to look at, instead of a timer for each request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from .bodies import Receive

TICK_SECONDS = 0.02


class Ticks:
    """Calls a function every tick for as long as it says that there is more to come."""

    def __init__(self, look: Callable[[], bool]) -> None:
        self._look = look
        self._armed = False

    def want(self) -> None:
        """There is something to look at."""
        if not self._armed:
            self._armed = True
            asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._armed = False
        if self._look():
            self.want()


class _Watched:
    __slots__ = ("receive", "since", "watcher")

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.since = time.monotonic()
        self.watcher: asyncio.Task[None] | None = None


class Watch:
    """Clients whose requests take longer than a tick: when one goes away, its request's task is cancelled."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Task[Any], _Watched] = {}
        self._ticks = Ticks(self._look)

    def begin(self, task: asyncio.Task[Any], receive: Receive) -> None:
        """The request has been read; from now on its client may go."""
        self._open[task] = _Watched(receive)
        self._ticks.want()

    def end(self, task: asyncio.Task[Any]) -> None:
        """The answer has been sent, or nobody waits for it."""
        found = self._open.pop(task, None)
        if found is not None and found.watcher is not None:
            found.watcher.cancel()

    def _look(self) -> bool:
        latest = time.monotonic() - TICK_SECONDS / 2
        for task, found in self._open.items():
            if found.watcher is None and found.since < latest:
                found.watcher = asyncio.ensure_future(_cancel_when_gone(found.receive, task))
        return bool(self._open)


async def _cancel_when_gone(receive: Receive, task: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()
