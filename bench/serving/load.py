"""What asks a server: a few connections, each with one request at a time; or requests at a rate, served or not.

Sockets and an epoll of its own: the asking costs a tenth of what a client library takes, so that one core can drive a
server on another.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

_CONNECTIONS = 400
"""Open at once at most, when requests come at a rate."""


@dataclass(kw_only=True)
class Heard:
    """What came back."""

    seconds: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    latencies: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of each answer, by status."""
    unsent: int = 0
    """Requests for which all connections were busy."""

    def add(self, status: str, seconds: float) -> None:
        """One answer."""
        self.statuses[status] += 1
        self.latencies.setdefault(status, []).append(seconds)

    def percentile(self, status: str, share: float) -> float:
        """Of the latencies of one status, in seconds; 0 without any."""
        found = sorted(self.latencies.get(status, []))
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = 0.0
        self.buffer = b""

    def send(self, request: bytes) -> None:
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def answer(self) -> str | None:
        """The status, once the whole answer is there.

        :raises ConnectionError: it closed before.
        """
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError
        self.buffer += piece
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return None
        self.buffer = b""
        return head[9:12].decode()


def in_turn(port: int, request: bytes, *, clients: int, seconds: float) -> Heard:
    """Some clients, each of which asks again as soon as it is answered."""
    heard = Heard()
    with selectors.DefaultSelector() as chosen:
        for _ in range(clients):
            connection = _Connection(port)
            chosen.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        started = time.perf_counter()
        end = started + seconds
        now = started
        while now < end:
            for key, _ in chosen.select(0.5):
                connection = key.data
                status = connection.answer()
                if status is not None:
                    now = time.perf_counter()
                    heard.add(status, now - connection.sent)
                    connection.send(request)
            now = time.perf_counter()
        heard.seconds = now - started
        for key in list(chosen.get_map().values()):
            key.data.socket.close()
    return heard


def at_rate(port: int, request: bytes, *, a_second: float, seconds: float) -> Heard:
    """Requests at equal intervals, whether or not those before were answered."""
    heard = Heard()
    idle: list[_Connection] = []
    busy = 0
    with selectors.DefaultSelector() as chosen:
        started = time.perf_counter()
        sent = 0
        while (now := time.perf_counter()) < started + seconds or busy:
            due = int((min(now, started + seconds) - started) * a_second)
            while sent < due:
                sent += 1
                if not idle:
                    if len(chosen.get_map()) >= _CONNECTIONS:
                        heard.unsent += 1
                        continue
                    idle.append(_Connection(port))
                    chosen.register(idle[-1].socket, selectors.EVENT_READ, idle[-1])
                idle[-1].send(request)
                idle.pop()
                busy += 1
            if now > started + seconds + 60:
                break
            for key, _ in chosen.select(0.001):
                connection = key.data
                try:
                    status = connection.answer()
                except ConnectionError:
                    chosen.unregister(connection.socket)
                    connection.socket.close()
                    if connection in idle:
                        idle.remove(connection)
                        continue
                    heard.add("closed", time.perf_counter() - connection.sent)
                    busy -= 1
                    continue
                if status is not None:
                    if (now := time.perf_counter()) <= started + seconds:  # what is left in the queue is not its rate
                        heard.add(status, now - connection.sent)
                    idle.append(connection)
                    busy -= 1
        heard.seconds = seconds
        for key in list(chosen.get_map().values()):
            key.data.socket.close()
    return heard


def probing(port: int, path: str, *, seconds: float, every: float = 0.1) -> list[tuple[float, str]]:
    """How long a GET takes, and its status, ten times a second."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    found = []
    connection = _Connection(port)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.send(request)
        while (status := connection.answer()) is None:
            pass
        found.append((time.perf_counter() - connection.sent, status))
        time.sleep(every)
    connection.socket.close()
    return found


def post(path: str, value: Any, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """A request as it goes over the wire."""
    body = json.dumps(value).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {text}" for name, text in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
