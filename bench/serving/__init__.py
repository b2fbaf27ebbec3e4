"""What the model server costs beside the model, and what it does under four times the load that it can answer.

The graph doubles 128 floats, so that next to nothing but the server is measured. The servers are asked in turn by 8
clients, the order turned round each round, and started anew every few rounds: two processes of one program may differ
by a quarter for all of their life. While one is asked, the others are stopped: an idle one that polls takes its share
of the cores. CPU is that of all processes of a server.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.serving.folders import doubling, slow

from . import load, processes
from .peers import PEERS
from .servers import OURS, PATIENCE_SECONDS, SILENT, WIDTH, Server, floats, ours, peer

HERE = Path(__file__).parent
_CGROUP = Path("/sys/fs/cgroup")
_LIMIT_BYTES = 160_000_000
"""Of the server under overload."""
Say = Callable[[str], None]


def cost(say: Say, *, starts: int = 6, rounds: int = 4, seconds: float = 1.0) -> dict[str, Any]:
    """CPU of a request, ours and theirs, in one interleaved run."""
    samples: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        graph = doubling(Path(folder) / "model", width=WIDTH)
        for _ in range(starts):
            with contextlib.ExitStack() as running:
                servers = [running.enter_context(ours(graph, ("--log-requests", "yes")))]
                servers += [running.enter_context(ours(graph, ("--log-requests", "no"), name=SILENT))]
                servers += [running.enter_context(peer(graph, index)) for index in range(len(PEERS))]
                for server in servers:
                    load.in_turn(server.port, server.request, clients=8, seconds=1)
                    os.killpg(server.process.pid, signal.SIGSTOP)
                for number in range(rounds):
                    for server in servers if number % 2 == 0 else reversed(servers):
                        os.killpg(server.process.pid, signal.SIGCONT)
                        found = _sample(server, seconds)
                        os.killpg(server.process.pid, signal.SIGSTOP)
                        samples.setdefault(server.name, []).append(found)
                        say(f"{server.name:<30} {found['cpu_us']:8.1f} us CPU, {found['a_second']:7.0f} a second")
        own = _model_us(graph)
    spent = {name: [each["cpu_us"] for each in rows] for name, rows in samples.items()}
    medians = {name: statistics.median(each) for name, each in spent.items()}
    return {
        "samples": samples,
        "cpu_us": medians,
        "cpu_us_least": {name: min(each) for name, each in spent.items()},
        "model_us": own,
        "server_us": medians[OURS] - own,
        "server_us_least": min(spent[OURS]) - own,
        "server_us_silent": medians[SILENT] - own,
        "server_us_silent_least": min(spent[SILENT]) - own,
        # Of each round by itself: the machine's speed changes from one to the next.
        "share_of_peer": {
            name: statistics.median(ours / theirs for ours, theirs in zip(spent[OURS], each, strict=True))
            for name, each in spent.items()
            if name not in (OURS, SILENT)
        },
        "dependency_bytes": dependency_bytes(),
    }


def overload(say: Say, *, seconds: float = 60.0, times: float = 4.0) -> dict[str, Any]:
    """Requests at some times the rate that can be answered: what is served, what is shed, and how health fares."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _limited() as (prefix, was_over),
        ours(slow(Path(folder) / "model"), (), slow_one=True, prefix=prefix) as server,
    ):
        before = load.in_turn(server.port, server.request, clients=4, seconds=max(5.0, seconds / 6))
        capacity = before.statuses["200"] / before.seconds
        alone = load.in_turn(server.port, server.request, clients=1, seconds=3).percentile("200", 0.5)
        say(f"capacity {capacity:.0f} a second, {alone * 1000:.1f} ms alone; {times:g} times that for {seconds:g} s")
        probe = subprocess.Popen(
            [sys.executable, "-m", "bench.serving.probe", str(server.port), "/v2/health/live", str(seconds)],
            stdout=subprocess.PIPE,
            cwd=HERE.parent.parent,
        )
        idle_bytes = processes.resident_bytes(server.process.pid)
        computed, began = _model_seconds(server.port), time.perf_counter()
        heard = load.at_rate(server.port, server.request, a_second=times * capacity, seconds=seconds)
        # Until the queue is empty, and not only while it was filled.
        busy = (_model_seconds(server.port) - computed) / (time.perf_counter() - began)
        peak_bytes = processes.peak_bytes(server.process.pid)
        healths = json.loads(probe.communicate()[0])
        after = load.in_turn(server.port, server.request, clients=1, seconds=5)
        later = load.in_turn(server.port, server.request, clients=4, seconds=max(5.0, seconds / 6))
        # Others use this machine too: what can be served is what could be before and after.
        capacities = [capacity, later.statuses["200"] / later.seconds]
        late = [found for found, _ in healths]
        return {
            "capacities_a_second": capacities,
            "asked_a_second": times * capacity,
            "seconds": seconds,
            "statuses": dict(heard.statuses),
            "unsent": heard.unsent,
            # Of that minute itself, whatever the machine's speed was before and after it.
            "model_busy": busy,
            "goodput": heard.statuses["200"] / seconds / statistics.mean(capacities),
            "answered_p50_seconds": heard.percentile("200", 0.5),
            "answered_p99_seconds": heard.percentile("200", 0.99),
            "shed_p50_seconds": heard.percentile("429", 0.5),
            "health_count": len(late),
            "health_max_seconds": max(late),
            "health_p99_seconds": sorted(late)[int(0.99 * len(late))],
            "health_statuses": sorted({status for _, status in healths}),
            "memory_limit_bytes": _LIMIT_BYTES if prefix else None,
            "allocations_over_the_limit": was_over() if prefix else None,
            "resident_bytes_before": idle_bytes,
            "resident_bytes_peak": peak_bytes,
            "alone_p50_seconds_before": alone,
            "alone_p50_seconds_after": after.percentile("200", 0.5),
            "statuses_after": dict(after.statuses),
        }


def drained(say: Say, *, times: int = 5) -> dict[str, Any]:
    """SIGTERM under load, some times over: requests that were accepted and not answered."""
    lost = answered = 0
    codes = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder, ours(slow(Path(folder) / "model"), (), slow_one=True) as server:
            killer = subprocess.Popen(["sh", "-c", f"sleep 1; kill -TERM {server.process.pid}"])
            heard = _until_closed(server)
            killer.wait()
            codes.append(server.process.wait(PATIENCE_SECONDS))
            answered += heard["answered"]
            lost += heard["lost"]
    say(f"SIGTERM under load: {answered} answered, {lost} lost, exit codes {codes}")
    return {"times": times, "answered": answered, "lost": lost, "exit_codes": codes}


def dependency_bytes() -> dict[str, int]:
    """Files of what the server needs beside numpy, onnxruntime and tokenizers, bytecode left out."""
    found = {}
    for name in ("uvicorn", "httptools", "orjson", "click", "h11"):
        files = importlib.metadata.files(name) or []
        found[name] = sum(Path(str(file.locate())).stat().st_size for file in files if not file.name.endswith(".pyc"))
    return {**found, "together": sum(found.values())}


@contextlib.contextmanager
def _limited() -> Iterator[tuple[list[str], Callable[[], int]]]:
    """Words before a command that put it into a control group with a memory limit, and how often that was reached; no
    words where this machine lets us have none."""
    second = (_CGROUP / "cgroup.controllers").exists()
    group = (_CGROUP if second else _CGROUP / "memory") / f"jettison-bench-{os.getpid()}"
    try:
        group.mkdir()
        (group / ("memory.max" if second else "memory.limit_in_bytes")).write_text(str(_LIMIT_BYTES))
    except OSError:
        yield [], int
        return

    def was_over() -> int:
        if second:
            lines = (group / "memory.events").read_text().splitlines()
            return int(next(line.split()[1] for line in lines if line.startswith("max ")))
        return int((group / "memory.failcnt").read_text())

    try:
        yield ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"], was_over
    finally:
        time.sleep(0.5)
        group.rmdir()


def _until_closed(server: Server) -> dict[str, int]:
    """Eight clients that come again on new connections until none is taken any more."""
    import threading

    counts = {"answered": 0, "lost": 0}
    turn = threading.Lock()

    def ask() -> None:
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.sendall(server.request)
                answer = connection.recv(1 << 16)
                with turn:
                    counts["answered" if answer.startswith(b"HTTP/1.1 200") else "lost"] += 1

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return counts


def _sample(server: Server, seconds: float) -> dict[str, float]:
    before = processes.cpu_seconds(server.process.pid)
    heard = load.in_turn(server.port, server.request, clients=8, seconds=seconds)
    taken = processes.cpu_seconds(server.process.pid) - before
    wrong = {status: count for status, count in heard.statuses.items() if status != "200"}
    if wrong:
        raise RuntimeError(f"{server.name} answered {wrong}")
    count = heard.statuses["200"]
    return {
        "requests": count,
        "a_second": count / heard.seconds,
        "cpu_us": taken / count * 1e6,
        "p50_ms": heard.percentile("200", 0.5) * 1000,
        "p99_ms": heard.percentile("200", 0.99) * 1000,
        "resident_bytes": sum(processes.resident_bytes(number) for number in processes.family(server.process.pid)),
    }


def _model_us(folder: Path, *, calls: int = 20_000) -> float:
    """CPU of the graph alone, called from Python as the server calls it."""
    import numpy as np

    from jettison_runtime.binding import Network

    network = Network(folder / "model.onnx", threads=1)
    feed = {"x": np.array(floats(), np.float32).reshape(1, WIDTH)}
    for _ in range(1000):
        network.run(feed)
    started = time.process_time()
    for _ in range(calls):
        network.run(feed)
    return (time.process_time() - started) / calls * 1e6


def _model_seconds(port: int) -> float:
    """How long the model has been computing, as the server counts it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("jettison_inference_seconds_sum"))


def measured(say: Say = print) -> dict[str, Any]:
    """Everything; about five minutes."""
    return {"cost": cost(say), "overload": overload(say), "drained": drained(say)}
