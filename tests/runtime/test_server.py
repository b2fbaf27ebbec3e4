"""The server: WSGI and ASGI apps, the port from the environment, an orderly end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

FLASK = """
from flask import Flask
app = Flask(__name__)
@app.get("/")
def hello(): return "from flask"
def create_app(): return app
"""
ASGI = """
class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                event = await receive()
                await send({"type": event["type"] + ".complete"})
                if event["type"] == "lifespan.shutdown": return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"from asgi"})
app = App()
"""


def served(folder: Path, name: str, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PORT": str(port)}
    command = [sys.executable, "-m", "jettison_server", name, "--host", "127.0.0.1", "--port", "1"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE)
    for _ in range(400):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.025)
        else:
            break
    return process


@pytest.mark.parametrize(
    ("source", "name", "answer"),
    [(FLASK, "app:app", b"from flask"), (FLASK, "app:create_app()", b"from flask"), (ASGI, "app:app", b"from asgi")],
)
def test_an_app_is_served_and_ends_on_sigterm(source: str, name: str, answer: bytes, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(source)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = served(tmp_path, name, port)
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.status == 200
        assert response.read() == answer
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)
    finally:
        process.kill()
        process.communicate()


def test_an_app_that_cannot_be_imported_ends_with_its_error(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import nothing_of_this_name\n")
    process = served(tmp_path, "app:app", 1)
    assert b"nothing_of_this_name" in process.communicate(timeout=20)[1]
    assert process.returncode == 1
