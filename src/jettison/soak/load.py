"""Many clients at once, each over a connection of its own, each asking again as soon as it is answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jettison.errors import ServiceFailed
from jettison.records import Request
from jettison.replay.client import Client
from jettison.replay.service import Running

_LAST_SECONDS = 20.0
"""So long may the last answers take when no more is asked."""
_REST_SECONDS = 0.05
"""A client that got no answer does not ask again at once."""


@dataclass(kw_only=True)
class Load:
    """Clients of one service. `start` them, and `stop` them."""

    service: Running
    requests: tuple[Request, ...]
    """The first is the worst: every other client asks nothing else."""
    clients: int
    statuses: Counter[int] = field(default_factory=Counter)
    """HTTP status and how many answers had it; 0: none came."""
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _open: list[Client] = field(default_factory=list)

    def start(self) -> None:
        """Ask from now on; a connection of another client, which the server may count too, is closed first."""
        self.service.client.close()
        for number in range(self.clients):
            asked = self.requests[:1] if number % 2 == 0 else self.requests
            client = Client("127.0.0.1", self.service.port)
            thread = threading.Thread(target=self._ask, args=(client, asked, number), daemon=True)
            self._threads.append(thread)
            self._open.append(client)
            thread.start()

    def stop(self) -> None:
        """Ask no more, and wait for the last answers, but not for ever."""
        self._ended.set()
        until = time.monotonic() + _LAST_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for client in self._open:
            client.close()

    def _ask(self, client: Client, requests: Sequence[Request], number: int) -> None:
        while not self._ended.is_set():
            request = requests[number % len(requests)]
            number += 1
            try:
                _, answer = client.ask(request)
                self.statuses[answer.status] += 1
            except ServiceFailed:
                if self._ended.is_set():
                    return
                self.statuses[0] += 1
                self._ended.wait(_REST_SECONDS)


def loaded(load: Load, seconds: float, goes_on: Callable[[], bool], *, ticks: float) -> float:
    """Keep the clients asking for so long, or until the service is gone; gives the seconds.

    :param goes_on: called again and again meanwhile; False ends it.
    :param ticks: seconds between two calls.
    """
    began = time.monotonic()
    load.start()
    try:
        while (passed := time.monotonic() - began) < seconds:
            if load.service.process.poll() is not None or not goes_on():
                break
            time.sleep(ticks)
        return passed
    finally:
        load.stop()
