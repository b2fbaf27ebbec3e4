"""A server that was given a certificate: no larger bodies, no more at once, and no start where memory is too short."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable
from jettison.sandbox import memory

FLASK = """
import threading, time
from flask import Flask, request
app = Flask(__name__)
busy, most, lock = 0, 0, threading.Lock()
@app.post("/ask")
def ask():
    global busy, most
    with lock:
        busy += 1; most = max(most, busy)
    time.sleep(0.1)
    with lock: busy -= 1
    return str(len(request.get_data()))
@app.get("/most")
def seen(): return str(most)
"""
ASGI = """
import asyncio
busy = most = 0
async def app(scope, receive, send):
    global busy, most
    if scope["type"] == "lifespan":
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b""); more = message.get("more_body", False)
    if scope["path"] == "/ask":
        busy += 1; most = max(most, busy)
        await asyncio.sleep(0.1)
        busy -= 1
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(most if scope["path"] == "/most" else len(body)).encode()})
"""


@contextmanager
def served(folder: Path, source: str, **variables: str) -> Iterator[int]:
    (folder / "app.py").write_text(source)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "jettison_server", "app:app", "--host", "127.0.0.1", "--threads", "8"]
    environment = {**os.environ, "PORT": str(port), **variables}
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with socket.socket() as connection:
                if connection.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.025)
        yield port
    finally:
        process.kill()
        process.wait()


def asked(port: int, body: bytes = b"", *, path: str = "/ask", chunk: int = 0) -> tuple[int, str]:
    """Status and text of an answer.

    :param chunk: the body goes in chunks of so many bytes, all in one piece: what is refused is sent by then.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {}
    if chunk:
        chunks = [body[at : at + chunk] for at in range(0, len(body), chunk)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (*chunks, b""))
        headers["Transfer-Encoding"] = "chunked"
    try:
        connection.request("POST" if body else "GET", path, body=body or None, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("source", [FLASK, ASGI], ids=["wsgi", "asgi"])
def test_a_body_at_the_limit_is_answered_and_one_above_is_not(source: str, tmp_path: Path) -> None:
    with served(tmp_path, source, JETTISON_MAX_BODY="1000", JETTISON_CONCURRENCY="2") as port:
        assert asked(port, b"a" * 1000) == (200, "1000")
        assert asked(port, b"a" * 1001)[0] == 413
        assert asked(port, b"a" * 900, chunk=450) == (200, "900")  # waitress counts the marks between them
        assert asked(port, b"a" * 1500, chunk=500)[0] == 413
        threads = [threading.Thread(target=asked, args=(port, b"a")) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert asked(port, path="/most") == (200, "2")


def started(folder: Path, limit_bytes: int, **variables: str) -> tuple[int, str]:
    """How a server ends under that limit; its app does not exist, so that it ends in any case."""
    environment = {**os.environ, **variables}
    command = [sys.executable, "-m", "jettison_server", "absent:app"]
    with memory.held(limit_bytes) as group:
        done = subprocess.run(
            group.entered(command), cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr.strip().splitlines()[-1]


def test_it_does_not_start_where_memory_is_too_short(tmp_path: Path) -> None:
    try:
        memory.place()
    except EnvironmentUnusable as cause:
        pytest.skip(cause.where)
    limit = 120 << 20
    code, said = started(tmp_path, limit, JETTISON_NEEDS=str(limit + 1))
    assert code == 23
    assert said.startswith("jettison-serve: the service needs 126 MB, and the container allows 125 MB: ")
    for needed in (str(limit), "0", ""):
        code, said = started(tmp_path, limit, JETTISON_NEEDS=needed)
        assert (code, "No module named 'absent'" in said) == (1, True)
    code, said = started(tmp_path, limit, JETTISON_NEEDS="120MB")
    assert (code, said) == (2, "jettison-serve: JETTISON_NEEDS=120MB is no whole number")
