"""A model folder behind HTTP, as a process of its own."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.serving import folders
from tests.serving.program import Program, piped, rest, running, started, tensor

MB = 1_000_000


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server of a graph that doubles."""
    with running(
        folders.doubling(tmp_path_factory.mktemp("twice") / "model"), "--read", "1", "--max-body", "1MB"
    ) as it:
        yield it


@pytest.fixture(scope="module")
def slow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graph that takes as many steps as it is told."""
    return folders.slow(tmp_path_factory.mktemp("slow") / "model")


def test_the_protocol_says_what_there_is(twice: Program) -> None:
    assert twice.ask("/v2")[1]["extensions"] == ["binary_tensor_data"]
    assert twice.ask("/v2/health/live")[0] == 200
    assert twice.ask("/v2/health/ready")[0] == 200
    assert twice.ask("/v2/models/twice/ready")[0] == 200
    _, model, _ = twice.ask("/v2/models/twice/versions/1")
    assert model["versions"] == ["1"]
    assert model["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    assert model["outputs"] == [{"name": "y", "datatype": "FP32", "shape": [-1, 4]}]
    for path in ("/v2/models/other", "/v2/models/twice/versions/2", "/v2/models/..%2f..%2fetc", "/v2/", "/V2"):
        assert twice.ask(path)[0] == 404, path
    status, _, headers = twice.ask("/v2", b"{}")
    assert (status, headers["allow"]) == (405, "GET")


def test_tensors_as_json_flat_or_nested(twice: Program) -> None:
    rows: list[list[float]] = [[1.5, -2.0, 0.25, 1e-45], [3, 4, 5, 6]]
    status, answer, _ = twice.infer(rows)
    assert status == 200
    assert answer == {
        "model_name": "twice",
        "model_version": "1",
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [2, 4], "data": [3, -4, 0.5, 3e-45, 6, 8, 10, 12]}],
    }
    flat = tensor([value for row in rows for value in row], shape=[2, 4], datatype="FP32")
    status, other, _ = twice.ask("/v2/models/twice/infer", {"id": "mine", "inputs": [flat]})
    assert (status, other["id"], other["outputs"]) == (200, "mine", answer["outputs"])


def test_tensors_as_bytes(twice: Program) -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    head = {
        "inputs": [
            {"name": "x", "datatype": "FP32", "shape": [3, 4], "parameters": {"binary_data_size": array.nbytes}}
        ],
        "parameters": {"binary_data_output": True},
    }
    raw = json.dumps(head).encode()
    body = raw + array.tobytes()
    length = {"Inference-Header-Content-Length": str(len(raw)), "Content-Type": "application/octet-stream"}
    status, answer, headers = twice.ask("/v2/models/twice/infer", body, headers=length)
    assert status == 200
    end = int(headers["inference-header-content-length"])
    assert json.loads(answer[:end])["outputs"][0]["parameters"] == {"binary_data_size": array.nbytes}
    assert np.array_equal(np.frombuffer(answer[end:], np.float32).reshape(3, 4), array * 2)
    # One byte less, one more, a length past the end, and a number that is none.
    for wrong, header in (
        (body[:-1], len(raw)),
        (body + b"x", len(raw)),
        (body, len(body) + 1),
        (raw + np.full(12, np.nan, np.float32).tobytes(), len(raw)),
    ):
        length["Inference-Header-Content-Length"] = str(header)
        assert twice.ask("/v2/models/twice/infer", wrong, headers=length)[0] in (400, 422)


@pytest.mark.parametrize(
    ("status", "given"),
    [
        (400, b""),
        (400, b"{"),
        (400, b"\xff\xfe{}"),
        (400, b"\xef\xbb\xbf{}"),
        (400, b'"text"'),
        (400, b'{"inputs": {}}'),
        (400, b'{"inputs": [1]}'),
        (400, b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [NaN, 1, 1, 1]}]}'),
        (400, b"[" * 100_000),
        (400, {"inputs": [tensor([[1.0] * 4]) | {"shape": "14"}]}),
        (400, {"inputs": [tensor([[1.0] * 4]) | {"shape": [1.0, 4]}]}),
        (400, {"inputs": [tensor([[1.0] * 4]) | {"data": 5}]}),
        (413, b'{"inputs": [' + b"[]," * 250_000 + b"0]}"),
        (422, {"inputs": []}),
        (422, {"inputs": [tensor([[1.0] * 4]), tensor([[1.0] * 4])]}),
        (422, {"inputs": [tensor([[1.0] * 4], name="z")]}),
        (422, {"inputs": [tensor([[1.0] * 4], datatype="FP64")]}),
        (422, {"inputs": [tensor([[1.0] * 4], datatype="COMPLEX")]}),
        (422, {"inputs": [tensor([[1.0] * 3])]}),
        (422, {"inputs": [tensor([[1.0] * 4], shape=[4])]}),
        (422, {"inputs": [tensor([[1.0] * 4], shape=[2, 4])]}),
        (422, {"inputs": [tensor([], shape=[0, 4])]}),
        (422, {"inputs": [tensor([1.0], shape=[-1, 4])]}),
        (422, {"inputs": [tensor([1.0], shape=[10**12, 4])]}),
        (422, {"inputs": [tensor([], shape=[])]}),
        (422, {"inputs": [tensor([[1.0] * 4] * 65)]}),
        (422, {"inputs": [tensor([["1.0", 1, 1, 1]], datatype="FP32")]}),
        (422, {"inputs": [tensor([[True, 1, 1, 1]], datatype="FP32")]}),
        (422, {"inputs": [tensor([[None, 1, 1, 1]], datatype="FP32")]}),
        (422, {"inputs": [tensor([[[1.0], 1, 1, 1]], datatype="FP32")]}),
        (422, {"inputs": [tensor([[1e39, 1, 1, 1]])]}),
        (400, b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 4], "data": [1e400, 1, 1, 1]}]}'),
        (422, {"inputs": [tensor([[1.0] * 4])], "outputs": [{"name": "no"}]}),
    ],
)
def test_what_is_wrong_is_refused_and_said(twice: Program, status: int, given: Any) -> None:
    found, answer, _ = twice.ask("/v2/models/twice/infer", given)
    assert (found, list(answer)) == (status, ["error"]), answer


def test_other_types_and_packings_of_bodies(twice: Program) -> None:
    raw = json.dumps({"inputs": [tensor([[1.0, 2.0, 3.0, 4.0]])]}).encode()
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(raw) + packer.flush()
    path = "/v2/models/twice/infer"
    assert twice.ask(path, packed, headers={"Content-Encoding": "gzip"})[0] == 200
    assert twice.ask(path, zlib.compress(raw), headers={"Content-Encoding": "deflate"})[0] == 200
    assert twice.ask(path, packed[:-9], headers={"Content-Encoding": "gzip"})[0] == 400
    assert twice.ask(path, raw, headers={"Content-Encoding": "gzip"})[0] == 400
    assert twice.ask(path, packed, headers={"Content-Encoding": "br"})[0] == 415
    assert twice.ask(path, raw, headers={"Content-Type": "text/plain"})[0] == 415
    assert twice.ask(path, raw, headers={"Content-Type": "Application/JSON; charset=utf-8"})[0] == 200


def test_bodies_that_are_too_large_hold_no_memory(twice: Program) -> None:
    before = twice.resident_bytes()
    path = "/v2/models/twice/infer"
    bomb = zlib.compressobj(wbits=31)
    packed = b"".join(bomb.compress(bytes(MB)) for _ in range(200)) + bomb.flush()
    assert len(packed) < MB
    assert twice.ask(path, packed, headers={"Content-Encoding": "gzip"})[0] == 413
    head = "POST /v2/models/twice/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    # A gigabyte is announced: refused before it is sent.
    assert (
        twice.sent(f"{head}Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n".encode())[:12] == b"HTTP/1.1 413"
    )
    # In pieces, without a length, for as long as the server listens.
    with twice.connected() as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"%x\r\n" % 100_000 + bytes(100_000) + b"\r\n"
        try:
            for _ in range(1000):
                connection.sendall(piece)
        except ConnectionError:
            pass
        else:
            pytest.fail("a hundred megabytes were read")
    assert twice.resident_bytes() - before < 20 * MB
    assert twice.metric("jettison_held_bytes") == 0


def test_slow_clients_hold_no_slot(twice: Program) -> None:
    heads = (b"GET /v2 HT", b"POST /v2/models/twice/infer HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
    open_ones = [twice.connected() for _ in range(20)]
    try:
        for number, connection in enumerate(open_ones):
            connection.sendall(heads[number % 2])
        started_at = time.monotonic()
        assert twice.infer([[1.0] * 4])[0] == 200
        answers = [rest(connection) for connection in open_ones]
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers), answers
        assert time.monotonic() - started_at < 10
    finally:
        for connection in open_ones:
            connection.close()
    assert twice.metric("jettison_held_bytes") == 0
    assert twice.metric("jettison_waiting") == 0


def test_heads_of_requests_are_bounded(twice: Program) -> None:
    assert b" 431 " in twice.sent(b"GET /v2 HTTP/1.1\r\nX: " + b"a" * 300_000)[:40]
    assert b" 431 " in twice.sent(b"GET /v2 HTTP/1.1\r\n" + b"".join(b"X%d: a\r\n" % n for n in range(9000)))[:40]
    assert b" 400 " in twice.sent(b"GET /v2 HTTP/1.1\r\nX\r\n\r\n")[:40]
    assert b" 200 " in twice.sent(b"GET /v2 HTTP/1.0\r\n\r\n")[:40]
    two = b"GET /v2 HTTP/1.1\r\nHost: x\r\n\r\nGET /v2/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert twice.sent(two).count(b"HTTP/1.1 200") == 2


def test_requests_are_computed_together_and_each_gets_its_own(tmp_path: Path) -> None:
    with running(folders.doubling(tmp_path / "model"), "--batch-rows", "16", "--max-queue", "200") as server:
        assert server.until("batching")["rows"] == 16
        wrong: list[Any] = []

        def ask(number: int) -> None:
            rows = [[number, row, number * row, 0.5] for row in range(1 + number % 3)]
            status, answer, _ = server.infer(rows and [[float(value) for value in row] for row in rows])
            got = answer["outputs"][0]["data"] if status == 200 else answer
            if got != [2.0 * value for row in rows for value in row]:
                wrong.append((number, status, got))

        askers = [threading.Thread(target=ask, args=(number,)) for number in range(120)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert not wrong
        assert server.metric('jettison_batch_rows_bucket{le="1"}') < server.metric("jettison_batch_rows_count")


def test_rows_that_change_in_company_stay_alone(tmp_path: Path) -> None:
    with running(folders.mixing(tmp_path / "model"), "--batch-rows", "16") as server:
        found = server.until("batching")
        assert found["rows"] == 1
        assert "off by" in found["why"]


def test_an_input_that_the_graph_cannot_compute_is_the_inputs_fault(tmp_path: Path) -> None:
    with running(folders.looking_up(tmp_path / "model")) as server:
        assert server.infer([1, 2])[1]["outputs"][0]["data"] == [1, 2]
        status, answer, _ = server.infer([1, 7])
        assert status == 422
        assert "cannot compute" in answer["error"]
        assert server.ask("/v2/health/ready")[0] == 200


def test_overload_is_shed_and_health_stays(slow_folder: Path) -> None:
    with running(slow_folder, "--max-queue", "4", "--max-age", "1", "--timeout", "3") as server:
        steps = _steps(server, 0.3)
        statuses: list[int] = []
        late: list[float] = []
        waits: list[str] = []

        def ask() -> None:
            status, _, headers = server.infer([steps])
            statuses.append(status)
            waits.append(headers.get("retry-after", ""))

        askers = [threading.Thread(target=ask) for _ in range(24)]
        for asker in askers:
            asker.start()
        while any(asker.is_alive() for asker in askers):
            begun = time.monotonic()
            assert server.ask("/v2/health/live")[0] == 200
            late.append(time.monotonic() - begun)
            time.sleep(0.02)
        assert set(statuses) <= {200, 429, 503}
        assert statuses.count(200) >= 2
        assert statuses.count(429) >= 10
        assert all(wait.isdigit() for wait, status in zip(waits, statuses, strict=True) if status != 200)
        assert sorted(late)[len(late) // 2] < 0.05
        assert server.infer([1])[0] == 200


def test_deadlines_of_clients(slow_folder: Path) -> None:
    with running(slow_folder, "--max-age", "60") as server:  # patient: a busy machine takes its time
        steps = _steps(server, 4.0)
        begun = time.monotonic()
        assert server.infer([steps], headers={"X-Timeout-Ms": "100"})[0] == 504
        assert time.monotonic() - begun < 3
        # Its client was in a hurry: that does not make the model late.
        assert server.ask("/v2/health/ready")[0] == 200
        assert server.infer([1], headers={"X-Timeout-Ms": "soon"})[0] == 400
        impatient = {"inputs": [tensor([1])], "parameters": {"timeout": 1000}}
        assert server.ask("/v2/models/slow/infer", impatient)[0] == 504
        assert server.infer([1])[0] == 200
        assert server.ask("/v2/health/ready")[0] == 200


PATIENT = {"JETTISON_TIMEOUT": "60", "JETTISON_MAX_AGE": "60"}


def test_clients_that_go_are_not_computed_for(slow_folder: Path) -> None:
    body = json.dumps({"inputs": [tensor([1])]}).encode()
    head = f"POST /v2/models/slow/infer HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with running(slow_folder, "--timeout", "60") as server:
        steps = _steps(server, 1.0)
        while True:
            calls = server.metric("jettison_inference_seconds_count")
            busy = threading.Thread(target=server.infer, args=([steps],))
            busy.start()
            while busy.is_alive() and server.metric("jettison_in_flight") < 2:  # the question itself is one
                time.sleep(0.01)
            for _ in range(5):
                with server.connected() as gone:
                    gone.sendall(head + body)
                    time.sleep(0.05)
            while server.metric("jettison_in_flight") > 2:
                time.sleep(0.01)
            in_time = busy.is_alive()
            busy.join()
            if in_time:
                break
            steps *= 2  # the machine was busy when it was asked how long a step takes
        assert server.metric("jettison_inference_seconds_count") == calls + 1
        assert server.metric("jettison_waiting") == 0


def test_a_hang_ends_the_process(slow_folder: Path) -> None:
    with running(slow_folder, "--timeout", "0.3", "--hang", "0.3") as server:
        assert server.infer([10**12])[0] == 504
        assert server.ended() == 24
        assert server.log[-1]["event"] == "hangs"


def test_sigterm_finishes_what_was_accepted(slow_folder: Path) -> None:
    # Patient: whether it sheds is asked elsewhere, and a busy machine may take its time.
    with running(slow_folder, environment={"JETTISON_GRACE": "0.5", **PATIENT}) as server:
        steps = _steps(server, 0.2)
        statuses: list[int] = []
        askers = [threading.Thread(target=lambda: statuses.append(server.infer([steps])[0])) for _ in range(5)]
        for asker in askers:
            asker.start()
        time.sleep(0.2)
        server.tell(signal.SIGTERM)
        server.until("draining")
        assert server.ask("/v2/health/ready")[0] == 503
        assert server.ask("/v2/health/live")[0] == 200
        assert server.infer([1])[0] == 200
        assert server.ended() == 0
        for asker in askers:
            asker.join()
        assert statuses == [200] * 5


def test_a_second_signal_ends_at_once(slow_folder: Path) -> None:
    with running(slow_folder, environment={"JETTISON_GRACE": "30"}) as server:
        server.tell(signal.SIGTERM)
        server.until("draining")
        begun = time.monotonic()
        server.tell(signal.SIGINT)
        assert server.ended() == 128 + signal.SIGINT
        assert time.monotonic() - begun < 5


def test_what_cannot_be_served_says_so(tmp_path: Path) -> None:
    folder = folders.doubling(tmp_path / "model", certificate={"needed_bytes": 700 * MB})
    limited = f"ulimit -v 600000; exec {sys.executable} -m jettison_runtime.serving {folder} --port 0"
    refused = subprocess.run(["sh", "-c", limited], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 23, refused
    assert "needs 700 MB" in refused.stderr
    manifest = folder / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace("700000000", '"much"'))
    with started(folder) as process:
        assert process.wait(60) == 13
    manifest.write_text(text)
    weights = next(file for file in folder.iterdir() if file.suffix == ".onnx")
    raw = bytearray(weights.read_bytes())
    raw[20] ^= 1
    weights.write_bytes(raw)
    with started(folder) as process:
        assert process.wait(60) == 13
        assert process.stderr is not None
        assert b"is corrupt" in process.stderr.read()
    with started(tmp_path / "nothing") as process:
        assert process.wait(60) == 13


def test_the_command_becomes_the_server(tmp_path: Path) -> None:
    folders.doubling(tmp_path / "forms" / "fp32")
    words = [sys.executable, "-m", "jettison", "serve", str(tmp_path / "forms"), "--port", "0", "--threads", "1"]
    with piped(words) as process:
        server = Program(process)
        server.until("ready")
        assert server.log[0]["pid"] == process.pid
        assert server.infer([[1.0] * 4])[0] == 200
        server.tell(signal.SIGINT)
        assert server.ended() == 0
        assert "forms/fp32: a free port" in server.said()


def test_metrics_have_labels_of_ours_alone(twice: Program) -> None:
    for number in range(50):
        twice.ask(f"/v2/models/m{number}")
        twice.ask(f"/p{number}")
    _, text, headers = twice.ask("/metrics")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = text.decode().splitlines()
    assert not [line for line in lines if "m49" in line or "p49" in line]
    assert sum(line.startswith('jettison_requests_total{route="other"') for line in lines) <= 4
    assert [line for line in lines if line.startswith('jettison_model_info{name="twice"')]


def test_a_blocked_log_stops_nothing(tmp_path: Path) -> None:
    with started(folders.doubling(tmp_path / "model")) as process:
        assert process.stdout is not None
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        # Read up to "ready" and no further: the pipe fills up, then the queue of lines.
        while b'"ready"' not in (line := process.stdout.readline()):
            if b'"listening"' in line:
                port = json.loads(line)["port"]
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            for path in ["/v2/health/live"] * 2500 + ["/metrics"]:
                connection.request("GET", path)
                answer = connection.getresponse()
                text = answer.read()
                assert answer.status == 200
        dropped = next(line for line in text.splitlines() if line.startswith(b"jettison_log_lines_dropped "))
        assert int(dropped.split()[1]) > 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def _steps(server: Program, seconds: float) -> int:
    """How many steps take about so long here."""
    begun = time.monotonic()
    assert server.infer([200_000])[0] == 200
    return max(1000, int(200_000 * seconds / (time.monotonic() - begun)))
