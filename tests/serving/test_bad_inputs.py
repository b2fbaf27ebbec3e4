"""Requests that are wrong or hostile, against a real process over sockets: rows S1 to S9 and S18 for tasks (README.md).

What concerns every route (sizes, slowness, overload, signals) is in test_serving.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jettison.workspace import Workspace
from tests.convert.test_sample_files import wav
from tests.serving.program import Program, running
from tests.serving.task_folders import made

JSON = "application/json"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bad-inputs")


@pytest.fixture(scope="module")
def texts(place: Path, workspace: Workspace) -> Iterator[Program]:
    with running(made("text-classification", place, workspace), "--max-body", "1MB", "--max-rows", "8") as program:
        yield program


@pytest.fixture(scope="module")
def words(place: Path, workspace: Workspace) -> Iterator[Program]:
    with running(made("text2text-generation", place, workspace), "--batch-rows", "1") as program:
        yield program


@pytest.fixture(scope="module")
def pictures(place: Path, workspace: Workspace) -> Iterator[Program]:
    flags = ("--max-pixels", "1000000", "--max-body", "2MB")
    with running(made("image-classification", place, workspace), *flags) as program:
        yield program


TEXTS: list[tuple[str, bytes, str, int, str]] = [
    # S1: bodies that are none
    ("no body", b"", JSON, 400, "not JSON"),
    ("not JSON", b"hello", JSON, 400, "not JSON"),
    ("a byte order mark", b'\xef\xbb\xbf{"text": "a"}', JSON, 400, "not JSON"),
    ("bad UTF-8", b'{"text": "\xff"}', JSON, 400, "not JSON"),
    ("another type", b'{"text": "a"}', "text/plain", 415, "takes application/json"),
    ("a form", b"text=a", "application/x-www-form-urlencoded", 415, "takes application/json"),
    ("several parts", b"--x--", "multipart/form-data; boundary=x", 415, "takes application/json"),
    ("a picture for a model of texts", b"\x89PNG", "image/png", 415, "asked with application/json"),
    # S3: numbers that are none
    ("NaN", b'{"text": "a", "top_k": NaN}', JSON, 400, "not JSON"),
    ("past the end", b'{"text": "a", "top_k": 1e400}', JSON, 400, "not JSON"),
    ("two to the 63", b'{"text": "a", "top_k": 9223372036854775808}', JSON, 422, "top_k: a whole number"),
    ("minus nothing", b'{"text": "a", "top_k": -0.0}', JSON, 422, "top_k: a whole number"),
    ("a bool", b'{"text": "a", "top_k": true}', JSON, 422, "not true"),
    ("a number as a string", b'{"text": "a", "top_k": "1"}', JSON, 422, "not '1'"),
    # S4: forms that cost
    ("100,000 levels", b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 400, "not JSON"),
    ("70,000 keys", b"{" + b",".join(b'"%d":1' % n for n in range(70_000)) + b"}", JSON, 422, "no such field"),
    ("5,000 digits", b'{"text": "a", "top_k": ' + b"9" * 5000 + b"}", JSON, 400, ""),
    ("a field twice", b'{"text": "a", "text": "b"}', JSON, 200, ""),
    # S8: texts
    ("an empty text", b'{"text": ""}', JSON, 200, ""),
    ("NUL", b'{"text": "a\\u0000b"}', JSON, 200, ""),
    ("half a surrogate", b'{"text": "\\ud800"}', JSON, 400, ""),
    ("right to left", '{"text": "\u202eשלם"}'.encode(), JSON, 200, ""),
    ("combining marks", json.dumps({"text": "e" + "\u0301" * 300, "truncation": True}).encode(), JSON, 200, ""),
    ("longer than the model reads", json.dumps({"text": "hello " * 200}).encode(), JSON, 422, "truncate the text"),
    ("a long word", json.dumps({"text": "x" * 99_000}).encode(), JSON, 200, ""),
    ("more than is read", json.dumps({"text": "x" * 100_001}).encode(), JSON, 422, "at most 100,000 characters"),
    # S9: batches
    ("none", b'{"text": []}', JSON, 422, "a list of 1 to 8"),
    ("one too many", json.dumps({"text": ["a"] * 9}).encode(), JSON, 422, "a list of 1 to 8"),
    ("as many as are taken", json.dumps({"text": ["a"] * 8}).encode(), JSON, 200, ""),
    # Names
    ("a field that is none", b'{"text": "a", "n\\u000a\\"<b>": 1}', JSON, 422, "no such field"),
]


@pytest.mark.parametrize(("body", "media", "status", "why"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_bodies_for_a_model_of_texts(body: bytes, media: str, status: int, why: str, texts: Program) -> None:
    started = time.monotonic()
    got, answer, headers = texts.ask("/classify", body, headers={"Content-Type": media})
    assert (got, headers["content-type"]) == (status, JSON), answer
    assert why in answer.get("error", "")
    assert time.monotonic() - started < 10
    assert texts.ask("/classify", {"text": "still there"})[0] == 200


def png(width: int, height: int, *, data: bytes = b"") -> bytes:
    """A PNG whose header says any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def saved(kind: str, **options: Any) -> bytes:
    raw = io.BytesIO()
    Image.effect_noise((60, 40), 50).convert("RGB").save(raw, kind, **options)
    return raw.getvalue()


PICTURES: list[tuple[str, bytes, str, str, int, str]] = [
    # S7
    ("50,000 by 50,000 pixels", png(50_000, 50_000), "image/png", "", 422, "pixels"),
    ("200 megabytes in 200 kilobytes", png(9000, 7400, data=zlib.compress(bytes(199_800_000), 1)), "image/png", "", 422,
     "9,000 x 7,400 pixels are too many: at most 1,000,000"),
    ("a picture that ends too soon", saved("JPEG")[:-300], "image/jpeg", "", 422, "cannot be read"),
    ("no picture", b"GIF89a", "image/gif", "", 422, "none of PNG"),
    ("an empty file", b"", "image/png", "", 422, "the file is empty"),
    ("another kind than it says", saved("PNG"), "image/jpeg", "", 200, ""),
    ("PostScript, which would start a program", b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/png", "", 422, "none of PNG"),
    ("a sound", wav(100), "audio/wav", "", 415, "asked with application/json or image/png"),
    ("an option", saved("WEBP"), "image/webp", "?top_k=2", 200, ""),
    ("an option that is none", saved("WEBP"), "image/webp", "?topk=2", 422, "'topk': there is no such parameter"),
    ("an option out of bounds", saved("WEBP"), "image/webp", "?top_k=11", 422, "top_k: a whole number from 1 to 10"),
    ("a query of bytes", saved("WEBP"), "image/webp", "?top_k=%ff", 400, "the query cannot be read"),
    ("in base64", json.dumps({"image": base64.b64encode(saved("PNG")).decode()}).encode(), JSON, "", 200, ""),
    ("not quite base64", b'{"image": "AAA"}', JSON, "", 422, "image: this is no base64"),
    ("a JSON of bytes", saved("PNG"), JSON, "", 400, "not JSON"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "media", "query", "status", "why"), [row[1:] for row in PICTURES], ids=[row[0] for row in PICTURES]
)
def test_bodies_for_a_model_of_pictures(
    body: bytes, media: str, query: str, status: int, why: str, pictures: Program
) -> None:
    before = pictures.resident_bytes()
    got, answer, _ = pictures.ask(f"/classify{query}", body, headers={"Content-Type": media})
    assert got == status, answer
    assert why in answer.get("error", "")
    assert pictures.resident_bytes() - before < 60_000_000


def test_a_picture_as_a_tensor_is_held_to_the_same_bounds(pictures: Program) -> None:
    def asked(raw: bytes) -> tuple[int, Any]:
        tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [base64.b64encode(raw).decode()]}
        return pictures.ask(f"/v2/models/{pictures.model}/infer", {"inputs": [tensor]})[:2]

    status, answer = asked(png(50_000, 50_000))
    assert status == 422
    assert "image[0]" in answer["error"]
    status, answer = asked(saved("PNG"))
    assert status == 200
    assert answer["outputs"][0]["shape"] == [1, 10]


def test_a_packed_body_is_unpacked_within_its_bounds(texts: Program) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert texts.ask("/classify", gzip.compress(b'{"text": "hello"}'), headers=packed)[0] == 200
    bomb = gzip.compress(b'{"text": "' + b"a" * 200_000_000 + b'"}', 1)
    before = texts.resident_bytes()
    assert texts.ask("/classify", bomb[:900_000], headers=packed)[0] == 413
    assert texts.resident_bytes() - before < 30_000_000


PATHS: list[tuple[str, str, int]] = [
    ("POST", "/generate", 404),
    ("POST", "/classify/", 404),
    ("POST", "/CLASSIFY", 404),
    ("POST", "/v2/models/..%2f..%2fetc%2fpasswd/infer", 404),
    ("POST", "/v2/models/../../etc/passwd/infer", 404),
    ("POST", "/v2/models/%00/infer", 404),
    ("POST", "//classify", 404),
    ("GET", "/classify", 405),
    ("PUT", "/classify", 405),
    ("DELETE", "/", 405),
    ("TRACE", "/classify", 405),
    ("OPTIONS", "/classify", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), PATHS)
def test_paths_and_methods(method: str, path: str, status: int, texts: Program) -> None:
    """S18."""
    got, answer, headers = texts.ask(path, b'{"text": "a"}' if method == "POST" else None, method=method)
    assert got == status, answer
    if status == 405:
        assert headers["allow"] in ("GET", "POST")
    assert "passwd" not in json.dumps(answer)


@pytest.mark.parametrize(
    "raw",
    [
        b"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\nContent-Length: 14\r\n\r\n" + b'{"text": "a"}',
        b"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /classify HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /classify HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_heads_that_no_client_should_send_get_no_answer_of_the_model(raw: bytes, texts: Program) -> None:
    """S18: two lengths, both ways to say it, negative, 70 KB, no HTTP, TLS."""
    with texts.connected() as connection:
        connection.settimeout(20)
        connection.sendall(raw)
        connection.shutdown(1)
        pieces = []
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    got = b"".join(pieces)
    assert not got.startswith(b"HTTP/1.1 200"), got
    assert b"answers" not in got
    assert texts.ask("/v2/health/ready")[0] == 200


def test_a_method_is_not_overridden_and_headers_are_not_reflected(texts: Program) -> None:
    hostile = {"X-HTTP-Method-Override": "DELETE", "X-Forwarded-Host": "evil.example", "X-Timeout-Ms": "20000"}
    status, answer, headers = texts.ask("/classify", {"text": "a"}, headers=hostile)
    assert status == 200
    assert "evil" not in json.dumps([answer, headers])
    status, answer, _ = texts.ask("/classify", {"text": "a"}, headers={"X-Timeout-Ms": "soon"})
    assert (status, answer) == (400, {"error": "X-Timeout-Ms is a whole number of milliseconds, 1 at least"})


def test_requests_on_one_connection_are_answered_in_their_order(texts: Program) -> None:
    """Pipelining, and HTTP/1.0 at its end."""

    def one(count: int, version: str) -> bytes:
        body = json.dumps({"text": ["a"] * count, "top_k": 1}).encode()
        head = f"POST /classify HTTP/{version}\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"Content-Type: application/json\r\n\r\n" + body

    got = texts.sent(one(1, "1.1") + one(3, "1.1") + one(2, "1.0"))
    answers = [
        json.loads(part.split(b"\r\n\r\n", 1)[1].split(b"HTTP/")[0]) for part in got.split(b"HTTP/1.1 200 OK")[1:]
    ]
    assert [len(each["answers"]) for each in answers] == [1, 3, 2]


def test_a_stream_of_events_says_the_answer_piece_by_piece(words: Program) -> None:
    whole = words.ask("/generate", {"text": "hello", "max_new_tokens": 8})[1]["answers"]
    status, raw, headers = words.ask("/generate", {"text": "hello", "max_new_tokens": 8, "stream": True})
    assert (status, headers["content-type"]) == (200, "text/event-stream")
    assert headers["x-accel-buffering"] == "no"
    events = [json.loads(line.removeprefix(b"data: ")) for line in raw.strip().split(b"\n\n")]
    assert events[-1] == {"answers": whole}
    assert ["".join(each["piece"] for each in events[:-1])] == whole
    assert len(events) > 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"text": ["a", "b"]}, "only the answer to one text can be streamed"),
        ({"text": "a", "num_beams": 2}, "only one answer without beams can be streamed"),
        ({"text": "a", "do_sample": True, "num_beams": 2}, "is not supported"),
    ],
)
def test_what_cannot_be_streamed_is_refused_before_it_begins(body: dict[str, Any], why: str, words: Program) -> None:
    status, answer, _ = words.ask("/generate", {**body, "stream": True})
    assert status == 422
    assert why in answer["error"]


def test_texts_as_tensors_are_held_to_the_same_bounds(words: Program) -> None:
    tensor = {"name": "text", "datatype": "BYTES", "shape": [33], "data": ["a"] * 33}
    status, answer, _ = words.ask(f"/v2/models/{words.model}/infer", {"inputs": [tensor]})
    assert status == 422
    assert "texts times beams are at most 32" in answer["error"]


def test_who_leaves_a_stream_leaves_the_model_free(words: Program) -> None:
    options = {"max_new_tokens": 1000, "min_new_tokens": 999, "no_repeat_ngram_size": 3}
    body = json.dumps({"text": "hello", **options, "stream": True}).encode()
    head = f"POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    left, whole = [], []
    for _ in range(3):  # the quickest of each: a machine that is shared stops anybody now and then
        with words.connected() as connection:
            connection.sendall(head + body)
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        started = time.monotonic()
        assert words.ask("/generate", {"text": "hello", "max_new_tokens": 2})[0] == 200
        left.append(time.monotonic() - started)
        started = time.monotonic()
        assert words.ask("/generate", {"text": "hello", **options})[0] == 200
        whole.append(time.monotonic() - started)
    assert min(left) < min(whole) / 2


@pytest.mark.parametrize("as_tensors", [False, True])
def test_a_text_that_nobody_waits_for_any_more_is_not_made_to_its_end(words: Program, as_tensors: bool) -> None:
    path, texts = "/generate", ["hello"] * 16
    options = {"max_new_tokens": 1000, "min_new_tokens": 999, "num_beams": 2, "no_repeat_ngram_size": 3}
    body: dict[str, Any] = {"text": texts, **options}
    if as_tensors:
        path = f"/v2/models/{words.model}/infer"
        tensor = {"name": "text", "datatype": "BYTES", "shape": [16], "data": texts}
        body = {"inputs": [tensor], "parameters": options}
    started = time.monotonic()
    assert words.ask(path, body)[0] == 200
    whole = time.monotonic() - started
    assert words.ask(path, body, headers={"X-Timeout-Ms": "100"})[0] == 504
    started = time.monotonic()
    assert words.ask("/generate", {"text": "hello", "max_new_tokens": 1})[0] == 200
    assert time.monotonic() - started < 0.75 * whole
