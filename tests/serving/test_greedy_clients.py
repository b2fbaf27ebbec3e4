"""Clients that take or send more than is theirs: each is bounded, and the others do not notice."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import folders
from tests.serving.program import Program, rest, running, tensor

WIDE = 2_500_000
"""Numbers of a row: more bytes than two sockets hold."""
GET = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = folders.doubling(tmp_path_factory.mktemp("wide") / "model", width=WIDE)
    with running(folder, "--read", "1", "--max-connections", "5") as it:
        yield it


def inference(**more: object) -> bytes:
    """A row of zeros, as bytes."""
    value = {"name": "x", "datatype": "FP32", "shape": [1, WIDE], "parameters": {"binary_data_size": 4 * WIDE}}
    head = json.dumps({"inputs": [value], **more}).encode()
    length = f"Inference-Header-Content-Length: {len(head)}"
    return posted("/v2/models/twice/infer", head + bytes(4 * WIDE), length)


def open_files(server: Program) -> int:
    return sum(1 for _ in Path(f"/proc/{server.process.pid}/fd").iterdir())


def posted(path: str, body: bytes, *headers: str) -> bytes:
    head = (f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def test_an_output_is_given_once(wide: Program) -> None:
    with wide.connected() as connection:
        connection.sendall(inference(outputs=[{"name": "y"}, {"name": "y"}]))
        answer = connection.recv(1 << 16)
    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b"y is asked for twice" in answer


@pytest.mark.parametrize("length", ["\xb2", "9" * 5000, "-1"])
def test_a_length_is_a_number(length: str, wide: Program) -> None:
    raw = posted("/v2/models/twice/infer", b"{}", f"Inference-Header-Content-Length: {length}", "Connection: close")
    assert wide.sent(raw).startswith(b"HTTP/1.1 400 ")


def test_nobody_waits_no_time(wide: Program) -> None:
    assert wide.ask("/v2/health/live", headers={"X-Timeout-Ms": "0"})[0] == 400


def test_who_does_not_read_is_not_waited_for(wide: Program) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", wide.port))
        connection.settimeout(30)
        connection.sendall(inference(parameters={"binary_data_output": True}))
        time.sleep(3)
        assert len(rest(connection)) < 4 * WIDE
    assert wide.ask("/v2/health/live")[0] == 200


def test_there_are_no_more_connections_than_were_said(wide: Program) -> None:
    with contextlib.ExitStack() as held:
        idle = [held.enter_context(wide.connected()) for _ in range(5)]
        for each in idle:
            each.sendall(GET)
            assert each.recv(1 << 16)
        crowd = [held.enter_context(wide.connected()) for _ in range(60)]
        for each in crowd:
            each.sendall(GET)
        time.sleep(1)
        held_open = open_files(wide)
    alone = open_files(wide)
    assert held_open - alone <= 5


def test_requests_ahead_of_their_answers_are_counted(tmp_path: Path) -> None:
    with running(folders.slow(tmp_path / "model")) as server:
        slow = json.dumps({"inputs": [tensor([10**7])], "parameters": {"timeout": 2_000_000}}).encode()
        got = server.sent(posted("/v2/models/slow/infer", slow) + GET * 1000)
        assert got.startswith(b"HTTP/1.1 503 ")
        assert b"ahead of their answers" in got
        assert server.ask("/v2/health/live")[0] == 200
