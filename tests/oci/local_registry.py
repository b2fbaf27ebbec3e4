"""A registry on this machine's loopback."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

StartRegistry = Callable[[str], str]


@contextlib.contextmanager
def registries(folder: Path) -> Iterator[StartRegistry]:
    """Starts docker-registries with the given lines added to their settings; each call gives ``127.0.0.1:port``."""
    running: list[subprocess.Popen[bytes]] = []

    def start(settings: str) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        file = folder / f"registry-{port}.yml"
        file.write_text(
            f"version: 0.1\nlog: {{level: error}}\n"
            f"storage: {{filesystem: {{rootdirectory: {folder}/registry-{port}}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n{settings}"
        )
        command = ["docker-registry", "serve", str(file)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        _wait_for(port)
        return f"127.0.0.1:{port}"

    try:
        yield start
    finally:
        for process in running:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v2/", timeout=1).close()
            return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the registry does not start")
