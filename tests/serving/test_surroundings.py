"""Where a server may have to run, against real processes: rows S12, S16, S17 and S20."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving.folders import doubling

SERVE = (sys.executable, "-m", "jettison_runtime.serving")
_PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return doubling(tmp_path_factory.mktemp("surroundings") / "twice")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def begun(command: Sequence[str], environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def ready(process: subprocess.Popen[bytes], port: int, host: str = "127.0.0.1") -> None:
    """Wait until it is, or says why it will not be."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            assert process.stderr is not None
            raise AssertionError(process.stderr.read().decode())
        connection = http.client.HTTPConnection(host, port, timeout=5)
        try:
            connection.request("GET", "/v2/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise AssertionError("it does not become ready")


def test_nothing_can_be_written_nobody_is_at_home_and_the_port_comes_from_outside(folder: Path) -> None:
    """S17: a read-only root, an unknown user, no HOME, no writable /tmp, PORT."""
    port = free_port()
    rooted = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-user")
    user = ("--uid", "4242", "--gid", "4242", "--clearenv", "--setenv", "PORT", str(port), "--die-with-parent")
    with begun((*rooted, *user, *SERVE, str(folder), "--batch-rows", "1")) as process:
        ready(process, port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


def test_ipv6_alone(folder: Path) -> None:
    """S17."""
    port = free_port()
    with begun((*SERVE, str(folder), "--host", "::1", "--port", str(port), "--batch-rows", "1")) as process:
        ready(process, port, "::1")
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=5)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: there is no other one to leave alone")
def test_one_cpu_of_several_gets_one_thread(folder: Path) -> None:
    """S16: threads by what may be used, and no complaint about the rest."""
    counts = {}
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    for name, words in (("one", ("taskset", "-c", "0")), ("all", ())):
        port = free_port()
        with begun((*words, *SERVE, str(folder), "--port", str(port), "--batch-rows", "1"), environment) as process:
            ready(process, port)
            counts[name] = len(os.listdir(f"/proc/{process.pid}/task"))  # noqa: PTH208  (names alone)
            process.kill()
            assert process.stderr is not None
            assert process.stderr.read() == b""
    assert counts["all"] - counts["one"] == len(os.sched_getaffinity(0)) - 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_model_is_loaded_ends_it_in_order(number: signal.Signals, folder: Path) -> None:
    """S12."""
    port = free_port()
    environment = {**os.environ, "JETTISON_GRACE": "0"}
    with begun((*SERVE, str(folder), "--port", str(port)), environment) as process:
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.005)
        process.send_signal(number)
        assert process.wait(30) == 0


def test_a_closed_stdout_stops_nothing(folder: Path) -> None:
    """S20."""
    port = free_port()
    shell = shutil.which("sh") or "/bin/sh"
    words = " ".join((*SERVE, str(folder), "--port", str(port), "--batch-rows", "1"))
    with begun((shell, "-c", f"exec {words} <&- >&-"), {**os.environ, "JETTISON_GRACE": "0"}) as process:
        ready(process, port)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            got = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        # Nothing of the log is in it, though a socket could have had the number of stdout.
        assert got.split(b"\r\n\r\n", 1)[1] == b'{"live":true}'
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
