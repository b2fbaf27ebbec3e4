"""Whose message is read now. gRPC gives a message whole or not at all: what has arrived of it cannot be counted.

So few are read at once that all of them may be as large as a message can be, and half of those for one connection.
Until its turn comes a message is its client's. One that has been arriving for over a second is given up for another
that has waited as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ..messages import Refused, busy
from ..settings import Settings

_PATIENCE_SECONDS = 1.0


class _Reader:
    """One whose turn it is."""

    __slots__ = ("given_up", "since", "task")

    def __init__(self, since: float, task: asyncio.Task[Any]) -> None:
        self.since = since
        self.task = task
        self.given_up = False


class Turns:
    """Of one server. Made in the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._most = max(2, settings.max_held_bytes // settings.max_body_bytes)
        self._all = asyncio.Semaphore(self._most)
        self._of_peers: dict[str, tuple[asyncio.Semaphore, list[None]]] = {}
        self._readers: dict[_Reader, None] = {}
        """Oldest first."""

    async def read(self, peer: str, reading: Callable[[], Awaitable[Any]]) -> Any:
        """What `reading` gives, when its turn has come.

        :param peer: the connection.
        :raises Refused: 503 where the turn does not come, or is given to another one; 408.
        """
        own, users = self._of_peers.setdefault(peer, (asyncio.Semaphore(self._most // 2), []))
        users.append(None)
        try:
            await self._turn(own)
            try:
                await self._turn(self._all)
                try:
                    return await self._reading(reading)
                finally:
                    self._all.release()
            finally:
                own.release()
        finally:
            users.pop()
            if not users:
                self._of_peers.pop(peer, None)

    async def _turn(self, places: asyncio.Semaphore) -> None:
        getting = asyncio.ensure_future(places.acquire())
        try:
            done, _ = await asyncio.wait({getting}, timeout=_PATIENCE_SECONDS)
            if not done:
                self._give_one_up()
                done, _ = await asyncio.wait({getting}, timeout=self._settings.max_age_seconds)
        except asyncio.CancelledError:
            if not getting.cancel():
                places.release()
            raise
        if not done and getting.cancel():
            raise busy("other requests are being read", reason="bytes")

    def _give_one_up(self) -> None:
        latest = asyncio.get_running_loop().time() - _PATIENCE_SECONDS
        for reader in self._readers:
            if reader.since > latest:
                return
            if not reader.given_up:
                reader.given_up = True
                reader.task.cancel()
                return

    async def _reading(self, reading: Callable[[], Awaitable[Any]]) -> Any:
        task = asyncio.current_task()
        assert task is not None
        reader = _Reader(asyncio.get_running_loop().time(), task)
        self._readers[reader] = None
        seconds = self._settings.read_seconds
        try:
            return await asyncio.wait_for(reading(), seconds)
        except asyncio.TimeoutError as cause:  # noqa: UP041  (another one in Python 3.10)
            raise Refused(408, f"the message did not arrive within {seconds:g} s") from cause
        except asyncio.CancelledError:
            if reader.given_up:
                raise busy("its place was needed for a request that arrived faster", reason="bytes") from None
            raise
        finally:
            del self._readers[reader]
