"""The model server as a process of its own, and what asks it over sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 60


class Program:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.log: list[dict[str, Any]] = []
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.port = int(self.until("listening")["port"])

    def until(self, event: str) -> dict[str, Any]:
        """Wait for a line of the log."""
        for line in self.log:
            if line["event"] == event:
                return line
        while True:
            found = self._lines.get(timeout=_PATIENCE_SECONDS)
            assert found is not None, (self.log, self.said())
            self.log.append(found)
            if found["event"] == event:
                return found

    def ended(self) -> int:
        """Wait for its end; gives its exit code."""
        code = self.process.wait(_PATIENCE_SECONDS)
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=5)) is not None:
                self.log.append(line)
        return code

    def said(self) -> str:
        """All of stderr, once it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def tell(self, number: int = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def ask(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "",
        headers: dict[str, str] | None = None,
        seconds: float = 30,
    ) -> tuple[int, Any, dict[str, str]]:
        """One request on a connection of its own: status, body (parsed where it is JSON), headers.

        :param body: bytes as they are; anything else as JSON; None: GET.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
            usual = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method or ("GET" if data is None else "POST"), path, data, {**usual, **(headers or {})})
            answer = connection.getresponse()
            raw = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(raw) if found.get("content-type") == "application/json" else raw, found
        finally:
            connection.close()

    def infer(self, values: Any, **options: Any) -> tuple[int, Any, dict[str, str]]:
        """Ask the one input of the one model."""
        return self.ask(f"/v2/models/{self.model}/infer", {"inputs": [tensor(values)]}, **options)

    @property
    def model(self) -> str:
        """Its name."""
        return str(self.until("ready")["model"])

    def connected(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def sent(self, raw: bytes) -> bytes:
        """All that comes back, until the server closes, for bytes as they are."""
        with self.connected() as connection:
            connection.sendall(raw)
            return rest(connection)

    def metric(self, name: str) -> float:
        """A number of ``/metrics``: of a name with its labels."""
        _, text, _ = self.ask("/metrics")
        for line in text.decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def resident_bytes(self) -> int:
        """What the process holds."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(json.loads(line))
        self._lines.put(None)


@contextlib.contextmanager
def running(
    folder: Path, *flags: str, ready: bool = True, environment: dict[str, str] | None = None
) -> Iterator[Program]:
    """A server of a model folder on a free port; killed at the end if it still runs."""
    with started(folder, *flags, environment=environment) as process:
        program = Program(process)
        if ready:
            program.until("ready")
        yield program


@contextlib.contextmanager
def started(folder: Path, *flags: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The process alone."""
    words = [sys.executable, "-m", "jettison_runtime.serving", str(folder), "--port", "0", "--threads", "1", *flags]
    with piped(words, environment=environment) as process:
        yield process


@contextlib.contextmanager
def piped(words: list[str], *, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Any command that becomes a server."""
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "JETTISON_GRACE": "0", **(environment or {})},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def tensor(values: Any, *, name: str = "x", datatype: str = "", shape: list[int] | None = None) -> dict[str, Any]:
    """An input of the protocol as JSON: of nested lists, their own shape."""
    flat, sizes = values, []
    while isinstance(flat, list):
        sizes.append(len(flat))
        flat = flat[0] if flat else None
    kind = datatype or {int: "INT64", float: "FP32", str: "BYTES"}.get(type(flat), "FP32")
    return {"name": name, "datatype": kind, "shape": sizes if shape is None else shape, "data": values}


def rest(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    pieces = []
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces)
