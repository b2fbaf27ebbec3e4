"""The protocol over gRPC: what it answers, how it refuses, and what it holds of messages that mean harm."""

from __future__ import annotations

import signal
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from jettison_runtime.serving import tensors, wire
from jettison_runtime.serving.messages import Refused
from jettison_runtime.serving.rpc import messages

from . import folders
from .program import Program, running, started

INFERENCE, HEALTH = "inference.GRPCInferenceService", "grpc.health.v1.Health"
Code = grpc.StatusCode


@pytest.fixture(scope="module")
def twice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.doubling(tmp_path_factory.mktemp("grpc") / "twice")


@pytest.fixture(scope="module")
def twice(twice_folder: Path) -> Iterator[Program]:
    with running(twice_folder, "--batch-rows", "1", "--grpc-port", "0", "--max-body", "1MB") as program:
        yield program


@pytest.fixture(scope="module")
def slow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.slow(tmp_path_factory.mktemp("grpc") / "slow")


def channel(program: Program) -> grpc.Channel:
    options = [("grpc.max_send_message_length", -1), ("grpc.enable_retries", 0)]
    return grpc.insecure_channel(f"127.0.0.1:{program.until('listening')['grpc_port']}", options)


def called(program: Program, method: str, raw: bytes = b"", *, service: str = INFERENCE, seconds: float = 30) -> bytes:
    with channel(program) as connected:
        answer: bytes = connected.unary_unary(f"/{service}/{method}")(raw, timeout=seconds)
        return answer


def refused(program: Program, raw: bytes, *, seconds: float = 30) -> Any:
    with pytest.raises(grpc.RpcError) as caught:
        called(program, "ModelInfer", raw, seconds=seconds)
    return caught.value


def given(name: str, datatype: str, shape: list[int], contents: bytes | None = None) -> bytes:
    sizes = b"".join(map(wire.varint, shape))
    found = wire.part(1, name.encode()) + wire.part(2, datatype.encode()) + wire.part(3, sizes)
    return wire.part(5, found if contents is None else found + wire.part(5, contents))


def of_model(program: Program, *parts: bytes) -> bytes:
    return wire.part(1, program.model.encode()) + b"".join(parts)


def outputs(raw: bytes) -> list[bytes]:
    return [bytes(value) for number, value in wire.parts(memoryview(raw)) if number == 6]


def steps(program: Program, count: int) -> bytes:
    return of_model(program, given("x", "INT64", [1]), wire.part(7, struct.pack("<q", count)))


def test_it_says_what_there_is(twice: Program) -> None:
    yes = wire.count(1, 1)
    assert called(twice, "ServerLive") == called(twice, "ServerReady") == yes
    assert called(twice, "ModelReady", wire.part(1, b"twice")) == yes
    assert called(twice, "Check", service=HEALTH) == yes
    assert called(twice, "ServerMetadata").startswith(wire.part(1, b"jettison"))
    told = called(twice, "ModelMetadata", wire.part(1, b"twice") + wire.part(2, b"1"))
    assert [bytes(value) for number, value in wire.parts(memoryview(told)) if number == 2] == [b"1"]
    with pytest.raises(grpc.RpcError) as caught:
        called(twice, "ModelReady", wire.part(1, b"thrice"))
    assert caught.value.code() == Code.NOT_FOUND


def test_numbers_as_bytes_and_as_numbers_give_the_same(twice: Program) -> None:
    array = np.arange(8, dtype="<f4").reshape(2, 4)
    answers = [
        called(twice, "ModelInfer", of_model(twice, wire.part(3, b"7"), *parts))
        for parts in (
            [given("x", "FP32", [2, 4]), wire.part(7, array.tobytes())],
            [given("x", "FP32", [2, 4], wire.part(6, array.tobytes()))],
            [given("x", "FP32", [2, 4]), wire.part(6, wire.part(1, b"y")), wire.part(7, array.tobytes())],
        )
    ]
    assert len(set(answers)) == 1
    assert outputs(answers[0]) == [(2 * array).tobytes()]
    assert wire.part(3, b"7") in answers[0]
    assert twice.metric('jettison_requests_total{route="/inference.GRPCInferenceService/ModelInfer",status="200"}') == 3


def test_what_is_wrong_is_refused_and_said(twice: Program) -> None:
    whole = struct.pack("<4f", 1, 2, 3, 4)
    cases = [
        (b"\xff", Code.INVALID_ARGUMENT, "no ModelInferRequest"),
        (wire.part(1, b"twice") + b"\x2a\x20x", Code.INVALID_ARGUMENT, "cut short"),
        (wire.part(1, b"thrice"), Code.NOT_FOUND, "this server has twice"),
        (of_model(twice), Code.INVALID_ARGUMENT, "needs x"),
        (of_model(twice, given("x", "FP32", [1, 4])), Code.INVALID_ARGUMENT, "has 4 values"),
        (of_model(twice, given("x", "FP32", [1, 4]), wire.part(7, b"abc")), Code.INVALID_ARGUMENT, "16 bytes, and 3"),
        (of_model(twice, given("x", "FP32", [1, 5]), wire.part(7, whole)), Code.INVALID_ARGUMENT, "the shape [1, 5]"),
        (of_model(twice, given("x", "FP64", [1, 4]), wire.part(7, whole)), Code.INVALID_ARGUMENT, "datatype is FP32"),
        (of_model(twice, given("z", "FP32", [1, 4]), wire.part(7, whole)), Code.INVALID_ARGUMENT, "takes x"),
        (of_model(twice, wire.part(7, whole)), Code.INVALID_ARGUMENT, "raw_input_contents"),
        (
            of_model(twice, given("x", "FP32", [1, 4], wire.part(6, whole)), wire.part(7, whole)),
            Code.INVALID_ARGUMENT,
            "no input has contents",
        ),
        (
            of_model(twice, given("x", "FP32", [1, 4], wire.part(7, whole + whole))),
            Code.INVALID_ARGUMENT,
            "no place for values of FP32",
        ),
        (
            of_model(twice, given("x", "FP32", [1, 4]), wire.part(7, struct.pack("<4f", 1, 2, 3, float("nan")))),
            Code.INVALID_ARGUMENT,
            "NaN",
        ),
        (of_model(twice, wire.part(7, bytes(2_000_000))), Code.RESOURCE_EXHAUSTED, "larger than max"),
    ]
    for raw, code, words in cases:
        found = refused(twice, raw)
        assert (found.code(), words in found.details()) == (code, True), (raw[:60], found.details())
    assert called(twice, "ServerReady") == wire.count(1, 1)


def test_a_message_of_a_million_empty_ones_holds_nothing(twice: Program) -> None:
    harm = [
        of_model(twice, wire.part(5, b"") * 400_000),
        of_model(twice, wire.part(5, wire.part(4, b"") * 200_000)),
        of_model(twice, given("x", "FP32", [1, 4], wire.part(6, b"") * 200_000)),
        of_model(twice, wire.part(4, b"") * 400_000),
    ]
    refused(twice, harm[0])
    before = twice.resident_bytes()
    for raw in harm * 2:
        found = refused(twice, raw)
        assert found.code() == Code.RESOURCE_EXHAUSTED
        assert "at most 50,000 fields" in found.details() or "at most 1,000 tensors" in found.details()
        assert twice.resident_bytes() - before < 20_000_000


def test_deadlines_load_and_clients_that_go(slow_folder: Path) -> None:
    with running(slow_folder, "--grpc-port", "0", "--max-queue", "2", "--timeout", "60", "--max-age", "60") as program:
        long = steps(program, 10**9)  # some minutes
        began = time.monotonic()
        assert refused(program, long, seconds=0.5).code() == Code.DEADLINE_EXCEEDED
        assert time.monotonic() - began < 20
        with channel(program) as connected:
            asked = connected.unary_unary(f"/{INFERENCE}/ModelInfer")
            waiting = [asked.future(steps(program, 1), timeout=60) for _ in range(2)]
            while program.metric("jettison_waiting") < 2:
                time.sleep(0.02)
            found = refused(program, steps(program, 1))
            assert found.code() == Code.RESOURCE_EXHAUSTED
            pushback = dict(found.trailing_metadata())["grpc-retry-pushback-ms"]
            assert int(pushback) >= 1000
            for each in waiting:
                each.cancel()
            while program.metric("jettison_waiting"):  # whose clients have gone have no place in the queue
                time.sleep(0.02)
        counted = 'jettison_requests_total{route="/inference.GRPCInferenceService/ModelInfer",status="%s"}'
        assert program.metric(counted % 429) == 1
        # Of the first one the server may have seen the deadline before the client has gone.
        while program.metric(counted % 499) + program.metric(counted % 504) < 3:
            time.sleep(0.02)


UNREAD = b"".join(
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0\0\6\4\0\0\0\0\0" + b"\0\4\0\0\0\0",  # SETTINGS: a window of nothing for each answer
        b"\0\0\0\4\1\0\0\0\0",  # and those of the server are taken
    ]
)


def stream(number: int, raw: bytes) -> bytes:
    """A call of HTTP/2 by hand."""
    fields = {":method": "POST", ":scheme": "http", ":path": f"/{INFERENCE}/ModelInfer", ":authority": "x"}
    fields |= {"te": "trailers", "content-type": "application/grpc"}
    head = b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in fields.items()
    )
    data = b"\0" + struct.pack(">I", len(raw)) + raw
    return b"".join(
        struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", number) + payload
        for kind, flags, payload in ((1, 4, head), (0, 1, data))
    )


def test_who_takes_nothing_of_an_answer_is_cut_off(tmp_path: Path) -> None:
    flags = ("--grpc-port", "0", "--batch-rows", "1", "--read", "1")
    with running(folders.doubling(tmp_path / "twice"), *flags) as program:
        port = program.until("listening")["grpc_port"]
        raw = of_model(program, given("x", "FP32", [1, 4]), wire.part(7, bytes(16)))
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(UNREAD + b"".join(stream(number, raw) for number in range(1, 281, 2)))
            while program.metric("jettison_in_flight") < 129:  # 128 are answered at once, and this question is one
                time.sleep(0.02)
            assert called(program, "Check", service=HEALTH) == wire.count(1, 1)
            while program.metric("jettison_in_flight") > 1:
                time.sleep(0.02)
            assert outputs(called(program, "ModelInfer", raw)) == [bytes(16)]
        program.tell(signal.SIGINT)
        assert program.ended() == 0


def test_clients_that_send_nothing_hold_no_place(tmp_path: Path) -> None:
    flags = ("--grpc-port", "0", "--batch-rows", "1", "--max-body", "1MB", "--max-held", "2MB", "--read", "3")
    with running(folders.doubling(tmp_path / "twice"), *flags) as program, channel(program) as connected:
        over = threading.Event()

        def nothing() -> Iterator[bytes]:
            over.wait(60)
            yield b""

        asked = connected.stream_unary(f"/{INFERENCE}/ModelInfer")
        with channel(program) as another:
            stalled = [asked.future(nothing()), another.stream_unary(f"/{INFERENCE}/ModelInfer").future(nothing())]
            while program.metric("jettison_in_flight") < 3:
                time.sleep(0.02)
            assert called(program, "Check", service=HEALTH) == wire.count(1, 1)
            raw = of_model(program, given("x", "FP32", [1, 4]), wire.part(7, struct.pack("<4f", 1, 2, 3, 4)))
            assert outputs(called(program, "ModelInfer", raw)) == [struct.pack("<4f", 2, 4, 6, 8)]
            codes = [each.exception(60).code() for each in stalled]
            over.set()
        assert sorted(map(str, codes)) == [str(Code.DEADLINE_EXCEEDED), str(Code.UNAVAILABLE)]  # too slow; given up


def test_sigterm_finishes_what_was_accepted(slow_folder: Path) -> None:
    patience = {"JETTISON_TIMEOUT": "60", "JETTISON_MAX_AGE": "60"}
    environment = {"JETTISON_GRACE": "0.5", "JETTISON_GRPC_PORT": "0", **patience}
    with running(slow_folder, environment=environment) as program:
        answers: list[bytes] = []
        raw = steps(program, 300_000)
        askers = [
            threading.Thread(target=lambda: answers.append(called(program, "ModelInfer", raw, seconds=60)))
            for _ in range(5)
        ]
        for asker in askers:
            asker.start()
        while program.metric("jettison_in_flight") < 6 and any(asker.is_alive() for asker in askers):
            time.sleep(0.01)
        program.tell(signal.SIGTERM)
        program.until("draining")
        assert called(program, "ServerReady") == b""
        assert program.ended() == 0
        for asker in askers:
            asker.join()
        assert len(answers) == 5
        assert all(outputs(answer) == [struct.pack("<q", 300_000)] for answer in answers)


def test_who_keeps_asking_is_told_before_it_ends_and_who_is_silent_is_not_waited_for(twice_folder: Path) -> None:
    environment = {"JETTISON_GRACE": "0.3", "JETTISON_GRPC_PORT": "0"}
    with running(twice_folder, "--batch-rows", "1", environment=environment) as program:
        raw = of_model(program, given("x", "FP32", [1, 4]), wire.part(7, bytes(16)))
        port = program.until("listening")["grpc_port"]
        ends: list[Any] = []

        def keeps_asking() -> None:
            with channel(program) as connected:
                asked = connected.unary_unary(f"/{INFERENCE}/ModelInfer")
                try:
                    while True:
                        asked(raw, timeout=30)
                except grpc.RpcError as cause:
                    ends.append(cause.code())

        askers = [threading.Thread(target=keeps_asking) for _ in range(6)]
        with socket.create_connection(("127.0.0.1", port)):
            for asker in askers:
                asker.start()
            time.sleep(0.3)
            program.tell(signal.SIGTERM)
            program.until("draining")
            began = time.monotonic()
            assert program.ended() == 0
            assert time.monotonic() - began < 15  # and not --drain, 25 s
        for asker in askers:
            asker.join()
        assert ends == [Code.UNAVAILABLE] * 6  # which clients try elsewhere


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_addresses_of_either_kind(host: str, twice_folder: Path) -> None:
    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with running(twice_folder, "--batch-rows", "1", "--grpc-port", "0", "--host", host, "--max-body", "3GB") as program:
        port = program.until("listening")["grpc_port"]
        with grpc.insecure_channel(f"[{host}]:{port}" if ":" in host else f"{host}:{port}") as connected:
            assert connected.unary_unary(f"/{INFERENCE}/ServerReady")(b"", timeout=30) == wire.count(1, 1)


def test_a_port_that_is_taken_is_said(twice: Program, tmp_path: Path) -> None:
    port = str(twice.until("listening")["grpc_port"])
    with started(folders.doubling(tmp_path / "other"), "--grpc-port", port) as process:
        assert process.wait(60) == 23
        assert process.stderr is not None
        assert f"no gRPC at port {port}" in process.stderr.read().decode()


TYPED = [
    ("BOOL", 1, b"\x01\x00\x01", [True, False, True]),
    ("INT8", 2, b"".join(map(wire.varint, [5, 127, (1 << 64) - 128])), [5, 127, -128]),
    ("INT32", 2, b"".join(map(wire.varint, [0, (1 << 31) - 1, (1 << 64) - (1 << 31)])), [0, 2**31 - 1, -(2**31)]),
    ("INT64", 3, b"".join(map(wire.varint, [1, (1 << 63) - 1, 1 << 63])), [1, 2**63 - 1, -(2**63)]),
    ("UINT8", 4, b"".join(map(wire.varint, [0, 128, 255])), [0, 128, 255]),
    ("UINT64", 5, b"".join(map(wire.varint, [0, 300, (1 << 64) - 1])), [0, 300, 2**64 - 1]),
    ("FP32", 6, struct.pack("<3f", 0.5, -1, 3), [0.5, -1.0, 3.0]),
    ("FP64", 7, struct.pack("<3d", 0.5, -1, 3), [0.5, -1.0, 3.0]),
]


@pytest.mark.parametrize(("datatype", "number", "packed", "values"), TYPED, ids=[each[0] for each in TYPED])
def test_typed_contents_of_every_type(datatype: str, number: int, packed: bytes, values: list[Any]) -> None:
    request = messages.infer_request(given("x", datatype, [3], wire.part(number, packed)))
    assert array(request, datatype).tolist() == values
    if number <= 5:  # and one field for each number, as it was before fields could be packed
        alone = b"".join(
            wire.count(number, value & (1 << 64) - 1 if isinstance(value, int) else value) for value in values
        )
        assert array(messages.infer_request(given("x", datatype, [3], alone)), datatype).tolist() == values


def array(request: messages.InferRequest, datatype: str) -> Any:
    (tensor,) = request.head["inputs"]
    dtype = tensors.DTYPES[datatype]
    if "data" in tensor:
        return tensors.from_json(tensor["data"], [3], dtype, name="x")
    assert tensor["parameters"] == {"binary_data_size": len(request.rest)}
    return tensors.from_bytes(request.rest, [3], dtype, name="x", nonfinite=False)


def test_texts_parameters_and_the_order_of_inputs() -> None:
    def chosen(name: str, value: bytes) -> bytes:
        return wire.part(4, wire.part(1, name.encode()) + wire.part(2, value))

    raw = b"".join(
        [
            chosen("timeout", wire.count(2, 1500)),
            chosen("shift", wire.count(2, (1 << 64) - 1)),
            chosen("yes", wire.count(1, 1)),
            chosen("word", wire.part(3, b"mean")),
            chosen("large", wire.count(5, 1 << 63)),
            chosen("part", wire.varint(4 << 3 | wire.FIXED64) + struct.pack("<d", 0.5)),
            given("a", "BYTES", [2], wire.part(8, b"x") + wire.part(8, "é".encode())),
            given("b", "FP32", [1], wire.part(6, struct.pack("<f", 2))),
            wire.count(99, 7),  # of a later version
        ]
    )
    request = messages.infer_request(raw)
    assert request.head["parameters"] == {
        "timeout": 1500,
        "shift": -1,
        "yes": True,
        "word": "mean",
        "large": 1 << 63,
        "part": 0.5,
        "binary_data_output": True,
    }
    assert [each["parameters"]["binary_data_size"] for each in request.head["inputs"]] == [4 + 1 + 4 + 2, 4]
    assert bytes(request.rest) == b"\x01\0\0\0x\x02\0\0\0" + "é".encode() + struct.pack("<f", 2)


@pytest.mark.parametrize("packed", [b"\x80", b"\x80" * 11 + b"\x01", b"\x01\xff"])
def test_numbers_without_an_end_are_none(packed: bytes) -> None:
    with pytest.raises(Refused, match="no ModelInferRequest"):
        messages.infer_request(given("x", "INT64", [1], wire.part(3, packed)))


def test_whole_numbers_past_the_bound_belong_into_bytes() -> None:
    each = given("x", "INT64", [1], wire.part(3, b"\x01" * 150_000))
    assert len(messages.infer_request(each * 2).head["inputs"]) == 2
    with pytest.raises(Refused, match="raw_input_contents") as caught:
        messages.infer_request(each * 3)  # of the whole request
    assert caught.value.status == 413


@pytest.mark.parametrize("number", [1, 3, 5])
def test_names_have_an_end(number: int) -> None:
    long = wire.part(number, b"x" * 10_001)
    with pytest.raises(Refused, match="10,000 bytes") as caught:
        messages.infer_request(wire.part(5, wire.part(1, b"x" * 10_001)) if number == 5 else long)
    assert caught.value.status == 413


def test_contents_in_two_parts_are_one_and_none_are_none() -> None:
    halves = [wire.part(5, wire.part(6, struct.pack("<2f", *pair))) for pair in ((1, 2), (3, 4))]
    names = wire.part(1, b"x") + wire.part(2, b"FP32") + wire.part(3, b"\1\4")
    request = messages.infer_request(wire.part(5, names + b"".join(halves)))
    assert bytes(request.rest) == struct.pack("<4f", 1, 2, 3, 4)
    for datatype in ("FP32", "BYTES", "INT64", "FP16"):
        raw = given("x", datatype, [1], b"") + wire.part(7, b"12345678")
        assert bytes(messages.infer_request(raw).rest) == b"12345678"
