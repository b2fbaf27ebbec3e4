"""A memory envelope of a real service, and the proof: it lives at its limit, and not much under it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable
from jettison.records import Request, finished
from jettison.replay.service import Launch
from jettison.sandbox import memory
from jettison.sandbox.container import Mount
from jettison.soak import Admission, EnvelopePlan, endpoints, envelope, trial

MB = 1_000_000
PLAN = EnvelopePlan(repeats=2, longest_seconds=0.5, warmup=4, starts=2, mix_seconds=1.0, clients=8)
APP = """
import time
from flask import Flask, request
app = Flask(__name__)
kept = []
@app.post("/square")
def square():
    text = request.get_json()["text"]
    if len(text) > 12_000:
        return {"error": "too long"}, 413
    table = bytearray(len(text) ** 2)
    table[::4096] = b"x" * len(table[::4096])
    time.sleep(0.02)
    if len(text) > 5_000 and not kept:
        kept.append(bytearray(b"x") * 9_000_000)
    return {"cells": len(table)}
"""


def service(folder: Path) -> tuple[Launch, tuple[Request, ...]]:
    (folder / "app.py").write_text(APP)
    python = Path(sys.executable)
    launch = Launch(
        root=Path("/"),
        command=(str(python), "-m", "jettison_server", "app:app", "--threads", "2"),
        workdir="/app",
        environment=(("PATH", "/usr/bin:/bin"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(Mount(source=folder, target="/app"),),
        installed=(python.parent.parent,),
    )
    json_body = (("Content-Type", "application/json"),)
    bodies = (
        '{"text": "a"}',
        '{"text": "some"}',
        '{"text": "words that are longer"}',
        "no JSON",
    )
    asked = tuple(Request(method="POST", path="/square", headers=json_body, body=body) for body in bodies)
    asked += (Request(method="GET", path="/absent"),)
    return launch, asked


def test_the_envelope_of_a_service_whose_peak_grows_with_the_square_of_its_input(tmp_path: Path) -> None:
    try:
        memory.place()
    except EnvironmentUnusable as cause:
        pytest.skip(cause.where)
    launch, recorded = service(tmp_path)
    bear = Admission(concurrency=2, held=True, max_body_bytes=8_000)
    made, worst = finished(envelope(launch, endpoints(recorded), bear, PLAN))

    (ladder,) = made.ladders
    assert ladder.ended == "it answered 413"
    assert (ladder.refused_bytes or 0) > 12_000
    for rung, bound in zip(ladder.rungs, ladder.bounds, strict=True):
        if rung.body_bytes > 3_000:
            square = rung.body_bytes**2
            # Tables of up to 32 MB come from the heap, where glibc keeps them.
            assert 0.95 * square < bound < 1.1 * square + 80 * MB
    # 9 MB stay, and two squares of 64 MB are there at once.
    assert 8 * MB < made.retained_bytes < 14 * MB
    assert 60 * MB < made.each_bytes < 70 * MB
    assert made.max_body_bytes == 8_000
    assert made.notes == ("GET /absent answers 404 to every recorded request: it is left out",)

    held = finished(trial(launch, made, worst, limit_bytes=made.limit_bytes, seconds=2))
    assert (held.outcome, held.kills) == ("held", 0)
    assert {status for status, _ in held.statuses} == {200}
    assert held.share >= 0.8
    less = finished(trial(launch, made, worst, limit_bytes=int(0.7 * made.limit_bytes), seconds=5, guarded=False))
    assert less.outcome == "killed"
    refused = finished(trial(launch, made, worst, limit_bytes=int(0.85 * made.limit_bytes), seconds=1))
    assert refused.outcome == "refused"
    needs, allows = -(-made.limit_bytes // MB), int(0.85 * made.limit_bytes) // 4096 * 4096 // MB
    assert f"the service needs {needs} MB, and the container allows {allows} MB" in refused.said


def test_the_body_limit_is_the_largest_that_fits_into_the_container(tmp_path: Path) -> None:
    launch, recorded = service(tmp_path)
    bear = Admission(concurrency=2, held=True, limit_bytes=80 * MB)
    plan = replace(PLAN, repeats=1, starts=1, clients=1)
    made, worst = finished(envelope(launch, endpoints(recorded), bear, plan))
    assert made.limit_bytes <= 80 * MB
    assert made.connections == 2  # as many as are to be answered at once
    assert 1_000 < made.max_body_bytes < 6_000
    assert len(worst[0].body.encode()) <= made.max_body_bytes
