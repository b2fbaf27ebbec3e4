"""The servers that are measured: each a process of its own that answers the same request."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jettison.environments import Wanted, prepared
from jettison.records import finished
from jettison.workspace import Workspace, cache_root

from . import load
from .peers import PEERS

OURS, SILENT = "jettison serve", "jettison serve, no request log"
"""As it is, and as its peers are asked here: without a line for every request."""
WIDTH = 128
"""Floats of a request."""
PATIENCE_SECONDS = 60
_PEERS = Path(__file__).parent / "peers"
_STEPS = 20_000
"""Of the slow graph: some milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that runs."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    request: bytes


@contextlib.contextmanager
def ours(
    folder: Path, flags: tuple[str, ...], *, slow_one: bool = False, prefix: Sequence[str] = (), name: str = OURS
) -> Iterator[Server]:
    """`jettison serve` of a folder: of the graph that doubles, or of the slow one.

    :param prefix: words before the command.
    """
    words = [*prefix, sys.executable, "-m", "jettison_runtime.serving", str(folder), "--threads", "1", "--port"]
    port = _free_port()
    value: dict[str, Any] = {"name": "x", "datatype": "FP32", "shape": [1, WIDTH], "data": floats()}
    if slow_one:
        value = {"name": "x", "datatype": "INT64", "shape": [1], "data": [_STEPS]}
    model = "slow" if slow_one else "twice"
    request = load.post(f"/v2/models/{model}/infer", {"inputs": [value]})
    with _process(name, [*words, str(port), *flags], port, request) as server:
        yield server


@contextlib.contextmanager
def peer(folder: Path, index: int) -> Iterator[Server]:
    """One of `PEERS` with the same graph, in an environment of its own."""
    wanted_peer = PEERS[index]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = Wanted(name="serving", requirements=wanted_peer.requirements, python=python)
    found = finished(prepared(wanted, Workspace(root=cache_root())))
    port = _free_port()
    value = {"name": "x", "datatype": "FP32", "shape": [1, WIDTH], "data": floats()}
    words = [str(found.python), str(_PEERS / wanted_peer.program), str(folder / "model.onnx"), str(port)]
    with _process(wanted_peer.name, words, port, load.post(wanted_peer.path, {"inputs": [value]})) as server:
        yield server


@contextlib.contextmanager
def _process(name: str, words: list[str], port: int, request: bytes) -> Iterator[Server]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        server = Server(name=name, process=process, port=port, request=request)
        _wait(server)
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(server: Server) -> None:
    """Until it answers a request."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if load.in_turn(server.port, server.request, clients=1, seconds=0.05).statuses["200"]:
                return
        time.sleep(0.2)
    raise TimeoutError(f"{server.name} does not answer")


def floats() -> list[float]:
    """Of every request."""
    return [round(0.001 * number - 0.05, 6) for number in range(WIDTH)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
