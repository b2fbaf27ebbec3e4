"""Requests that are answered without a task or a thread: only those that are quick, plain and here whole."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import math
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from jettison_runtime.serving.at_once import seconds_a_value
from jettison_runtime.serving.inference import LATE_SECONDS, Inference, Work
from jettison_runtime.serving.loading import loaded
from jettison_runtime.serving.logs import Log
from jettison_runtime.serving.messages import Refused
from jettison_runtime.serving.metrics import Metrics
from jettison_runtime.serving.operators import take_as_long_as_shapes_say
from jettison_runtime.serving.settings import Settings
from tests.serving import folders
from tests.serving.program import Program, rest, running, tensor

QUICK = 1e-5
BODY = json.dumps({"inputs": [tensor([[1.0, 2.0, 3.0, 4.0]])]}).encode()
ANSWER = b'"data":[2.0,4.0,6.0,8.0]}]}'
LIVE = b"GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def post(body: bytes, *fields: str, version: str = "1.1", length: bool = True) -> bytes:
    lines = [f"POST /v2/models/twice/infer HTTP/{version}", "Host: x", *fields]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A server of a graph that takes some microseconds."""
    with running(folders.doubling(tmp_path_factory.mktemp("twice") / "model")) as server:
        assert server.until("ready")["at_once"] is True
        yield server


def where(name: str, *, taking: float = 0.0) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Work that says in which thread it is done."""

    def run(payloads: Sequence[Any]) -> Sequence[Any]:
        time.sleep(taking)
        return [(name, threading.current_thread().name) for _ in payloads]

    return run


def asked(tmp_path: Path, conversation: Callable[[Inference], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        with (tmp_path / "log").open("wb") as log:
            inference = Inference(Settings(folder=tmp_path, max_queue=4), Metrics(), Log(log.fileno()))
            inference.start()
            return await conversation(inference)

    return asyncio.run(main())


def test_quick_work_is_done_in_the_event_loop_and_the_rest_in_the_thread(tmp_path: Path) -> None:
    async def conversation(inference: Inference) -> list[Any]:
        deadline = time.monotonic() + 30
        works = [
            Work(run=where("quick"), payload=0, seconds=QUICK),
            Work(run=where("slow"), payload=0, seconds=1.0),
            Work(run=where("unknown"), payload=0),
        ]
        return [await inference.answer(work, deadline=deadline) for work in works]

    assert asked(tmp_path, conversation) == [
        ("quick", threading.current_thread().name),
        ("slow", "inference"),
        ("unknown", "inference"),
    ]


def test_quick_work_waits_its_turn_behind_other_work(tmp_path: Path) -> None:
    async def conversation(inference: Inference) -> Any:
        deadline = time.monotonic() + 30
        first = asyncio.ensure_future(
            inference.answer(Work(run=where("first", taking=0.2), payload=0), deadline=deadline)
        )
        await asyncio.sleep(0)
        assert not inference.idle
        second = await inference.answer(Work(run=where("second"), payload=0, seconds=QUICK), deadline=deadline)
        return await first, second, inference.idle

    assert asked(tmp_path, conversation) == (("first", "inference"), ("second", "inference"), True)


def busy(seconds: float) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Work that takes CPU for so long, and says in which thread."""

    def run(payloads: Sequence[Any]) -> Sequence[Any]:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass
        return [threading.current_thread().name for _ in payloads]

    return run


def threads_of(tmp_path: Path, seconds: Sequence[float]) -> list[str]:
    """In which thread one work after the other was done, all of which were expected to be quick."""

    async def conversation(inference: Inference) -> list[str]:
        works = [Work(run=busy(each), payload=0, seconds=QUICK) for each in seconds]
        return [await inference.answer(work, deadline=time.monotonic() + 30) for work in works]

    found: list[str] = asked(tmp_path, conversation)
    return found


def test_what_turns_out_slow_is_not_done_in_the_event_loop_any_more(tmp_path: Path) -> None:
    here = threading.current_thread().name
    late = 1.2 * LATE_SECONDS
    assert threads_of(tmp_path, [late, 0, 0, late, late, 0, late]) == [here] * 5 + ["inference"] * 2
    assert threads_of(tmp_path, [10 * LATE_SECONDS, 0]) == [here, "inference"]


def test_a_late_call_now_and_then_is_forgiven(tmp_path: Path) -> None:
    assert set(threads_of(tmp_path, [1.2 * LATE_SECONDS, *[0] * 150] * 6)) == {threading.current_thread().name}


def test_a_busy_machine_is_not_the_works_fault(tmp_path: Path) -> None:
    async def conversation(inference: Inference) -> set[str]:
        work = Work(run=where("waits", taking=4 * LATE_SECONDS), payload=0, seconds=QUICK)
        return {(await inference.answer(work, deadline=time.monotonic() + 30))[1] for _ in range(5)}

    assert asked(tmp_path, conversation) == {threading.current_thread().name}


def test_an_error_or_a_deadline_is_the_same_at_once(tmp_path: Path) -> None:
    def refusing(_: Sequence[Any]) -> Sequence[Any]:
        raise ValueError("not with these")

    async def conversation(inference: Inference) -> list[int]:
        statuses = []
        for run, deadline in ((refusing, math.inf), (where("late"), 0.0)):
            with pytest.raises(Refused) as refused:
                await inference.answer(Work(run=run, payload=0, seconds=QUICK), deadline=deadline)
            statuses.append(refused.value.status)
        return statuses

    assert asked(tmp_path, conversation) == [422, 504]


def graph(path: Path, nodes: list[onnx.NodeProto], *constants: onnx.TensorProto, number: bool = False) -> Path:
    """A file of these nodes, from ``x`` to ``y``."""
    kind = TensorProto.INT64 if number else TensorProto.FLOAT
    given = helper.make_tensor_value_info("x", kind, [] if number else ["rows", 4])
    found = helper.make_tensor_value_info("y", kind, None)
    made = helper.make_graph(nodes, "test", [given], [found], constants)
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)]), path)
    return path


def test_only_graphs_whose_time_follows_from_shapes_are_quick(tmp_path: Path) -> None:
    node, file = helper.make_node, tmp_path / "model.onnx"
    sizes = numpy_helper.from_array(np.array([2, 1]), "sizes")
    one = numpy_helper.from_array(np.array(1), "one")
    assert take_as_long_as_shapes_say(folders.doubling(tmp_path / "twice") / "model.onnx")
    assert take_as_long_as_shapes_say(folders.mixing(tmp_path / "mixed") / "model.onnx")
    assert not take_as_long_as_shapes_say(folders.slow(tmp_path / "slow") / "model.onnx")
    assert take_as_long_as_shapes_say(graph(file, [node("Tile", ["x", "sizes"], ["y"])], sizes))
    constant = node("Constant", [], ["sizes"], value=sizes)
    assert take_as_long_as_shapes_say(graph(file, [constant, node("Tile", ["x", "sizes"], ["y"])]))
    computed = [node("Shape", ["x"], ["sizes"]), node("Tile", ["x", "sizes"], ["y"])]
    assert not take_as_long_as_shapes_say(graph(file, computed))
    assert not take_as_long_as_shapes_say(graph(file, [node("Range", ["one", "x", "one"], ["y"])], one, number=True))
    assert not take_as_long_as_shapes_say(graph(file, [node("NewOperator", ["x"], ["y"])]))
    file.write_bytes(b"\x3a\x05\x0a\x80")
    assert not take_as_long_as_shapes_say(file)


def test_a_graph_that_is_asked_nothing_is_left_to_the_thread(tmp_path: Path) -> None:
    folder = folders.doubling(tmp_path / "model")
    served = loaded(Settings(folder=folder))
    assert 0 < seconds_a_value(served) < QUICK
    assert seconds_a_value(dataclasses.replace(served, probe=lambda _: {}, answers=lambda *_: [])) == math.inf


def test_a_graph_with_a_loop_is_left_to_the_thread(tmp_path: Path) -> None:
    with running(folders.slow(tmp_path / "model")) as server:
        assert server.until("ready")["at_once"] is False
        assert server.infer([1])[0] == 200


def test_rows_that_are_to_be_computed_together_are_left_to_the_thread(tmp_path: Path) -> None:
    with running(folders.doubling(tmp_path / "model"), "--batch-rows", "8") as server:
        assert server.until("ready")["at_once"] is False


def test_larger_requests_of_a_quick_model_are_computed_once(tmp_path: Path) -> None:
    rows = [[float(number % 7)] * 1_000 for number in range(64)]
    # 64,000 numbers are not expected within half a millisecond.
    with running(folders.doubling(tmp_path / "model", width=1_000)) as server:

        def ask() -> None:
            for _ in range(10):
                status, answer, _ = server.infer(rows)
                assert status == 200
                assert answer["outputs"][0]["data"] == [2 * value for row in rows for value in row]

        askers = [threading.Thread(target=ask) for _ in range(3)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert server.metric("jettison_queue_seconds_count") == 30
        assert server.metric("jettison_batch_rows_sum") == 30 * 64
        assert server.metric("jettison_in_flight") == 1  # the question itself
        assert server.metric("jettison_waiting") == server.metric("jettison_held_bytes") == 0


def test_rows_are_put_together_once_quick_calls_turned_out_slow(tmp_path: Path) -> None:
    settings = Settings(folder=folders.doubling(tmp_path / "model"))
    served = dataclasses.replace(loaded(settings), seconds_a_value=QUICK)
    one, other = (served.work(served.probe(number), {}, deadline=0) for number in range(2))
    assert one.like is not None
    assert one.like == other.like
    assert one.seconds == pytest.approx(4 * QUICK)


def test_connections_that_wait_hold_nothing_of_what_they_sent(twice: Program) -> None:
    before = twice.resident_bytes()
    with contextlib.ExitStack() as held:
        for _ in range(150):
            connection = held.enter_context(twice.connected())
            connection.sendall(post(b"[" * 250_000))
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 400 ")
        assert twice.resident_bytes() - before < 20_000_000


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        (post(BODY, CLOSE), [200]),
        (post(BODY, version="1.0"), [200]),
        (post(BODY) + post(BODY, CLOSE), [200, 200]),
        (post(BODY) * 40 + post(BODY, CLOSE), None),  # more than are answered of one piece
        (LIVE + post(BODY, "Expect: 100-continue", CLOSE), [200, 100, 200]),
        (
            post(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY), "Transfer-Encoding: chunked", CLOSE, length=False),
            [200],
        ),
        (post(b"{", CLOSE), [400]),
        (post(BODY, "Content-Type: text/plain", CLOSE), [415]),
        (post(BODY, "X-Timeout-Ms: soon", CLOSE), [400]),
        (LIVE.replace(b"/live", b"/l%69ve") + LIVE.replace(b"Host: x", b"Connection: close"), [200, 200]),
        (LIVE.replace(b"GET", b"HEAD") + LIVE.replace(b"Host: x", b"Connection: close"), [200, 200]),
        (LIVE + b"POST /v2 HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" + post(BODY, CLOSE), [200, 405, 200]),
        (post(BODY).replace(b"Host: x", b"Transfer-Encoding: chunked"), [400]),
        (post(BODY, CLOSE).replace(b"/v2/models/twice/infer", b"http://x"), [400]),
        (post(BODY, CLOSE).replace(b"/v2/models/twice/infer", b"http://x:99999/v2"), [400]),
    ],
)
def test_what_a_connection_carries_is_answered_in_order(sent: bytes, statuses: Any, twice: Program) -> None:
    """However it is cut into pieces."""
    for cuts in (
        [],
        [40],
        [len(sent) - 3],
        [sent.find(b"\r\n\r\n") + 4],
        [40, len(sent) // 2, len(sent) - 3],
        list(range(97, len(sent), 97)),
    ):
        with twice.connected() as connection:
            with contextlib.suppress(ConnectionError):  # what is refused is not read to its end
                for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
                    connection.sendall(sent[begin:end])
                    time.sleep(0.002 if cuts else 0)
            answer = rest(connection)
        found = [int(piece[:3]) for piece in answer.split(b"HTTP/1.1 ")[1:]]
        if statuses is not None:
            assert found == statuses, (cuts, answer)
            continue
        # Those that came in one piece beyond what is answered of one wait, and of those some are refused for that.
        assert found.count(200) <= 41
        assert cuts or found.count(200) >= 16
        assert set(found) <= {200, 503}
    assert twice.metric("jettison_in_flight") == 1
    assert twice.metric("jettison_held_bytes") == 0


def test_nonsense_behind_a_request_does_not_keep_it_from_its_answer(twice: Program) -> None:
    answer = twice.sent(post(BODY) + b"nonsense\r\n\r\n")
    assert [int(piece[:3]) for piece in answer.split(b"HTTP/1.1 ")[1:]] == [200, 400]


def test_its_answers_are_those_of_the_usual_way(twice: Program) -> None:
    usual, at_once = twice.sent(post(BODY, version="1.0")), twice.sent(post(BODY, CLOSE))
    with twice.connected() as connection:
        connection.sendall(post(BODY))
        kept = connection.recv(1 << 16)
    assert usual == at_once
    assert kept == usual.replace(b"connection: close\r\n", b"")
    assert kept.endswith(ANSWER)


def test_a_fault_of_ours_ends_one_request(tmp_path: Path) -> None:
    from jettison_runtime.serving import application, routes, service

    async def failing(_: Any, __: Any) -> Any:
        raise KeyError("ours")

    async def main() -> Any:
        with (tmp_path / "log").open("wb") as log:
            made = service.Service(Settings(folder=tmp_path), Log(log.fileno()))
            table = routes.Table([routes.Route(method="GET", path="/x", answer=failing, summary="")])
            scope = {"method": "GET", "path": "/x", "headers": [], "query_string": b""}
            answer = application.Application(made, table).now(scope, b"")
            return answer, made.in_flight

    answer, in_flight = asyncio.run(main())
    assert (answer.status, in_flight) == (500, 0)
