"""Real services side by side: what is observed, and what becomes of one that fails."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.errors import ServiceFailed, SettingsInvalid
from jettison.measure import Plan, Questions, Subject, observations
from jettison.records import Environment, Labelled, Request, finished
from jettison.replay.service import Launch, running
from jettison.sandbox.container import Mount
from jettison.statistics import error_rate, ratio_of_medians

PLAN = Plan(cold_starts=2, window=10, windows=6, block=10, rounds=5, samples=50, speed_seconds=1)
APP = """
import time
from flask import Flask, request, jsonify
app = Flask(__name__)
ballast = bytearray({ballast})
calls = 0
@app.post("/upper")
def upper():
    global calls
    calls += 1
    time.sleep({sleep})
    word = request.get_json()["word"]
    return jsonify(word={answer})
"""
REQUESTS = tuple(
    Request(method="POST", path="/upper", headers=(("Content-Type", "application/json"),), body=json.dumps({"word": w}))
    for w in ("one", "two", "three")
)
QUESTIONS = Questions(
    requests=REQUESTS,
    labelled=tuple(Labelled(request=r, target=json.loads(r.body)["word"].upper()) for r in REQUESTS),
    metric="exact_match",
    answer="word",
)


def subject(
    name: str, folder: Path, *, sleep: float = 0.0, answer: str = "word.upper()", ballast: int = 0, source: str = APP
) -> Subject:
    place = folder / name
    place.mkdir()
    (place / "app.py").write_text(source.format(sleep=sleep, answer=answer, ballast=ballast))
    python_home = str(Path(sys.executable).parent)
    return Subject(
        candidate=name,
        level="service",
        environment=Environment(name="test", python="3", packages=()),
        model_bytes=0,
        launch=Launch(
            root=Path("/"),
            command=(sys.executable, "-m", "jettison_server", "app:app", "--threads", "1"),
            workdir="/service",
            environment=(("PATH", f"{python_home}:/usr/bin:/bin"), ("PYTHONDONTWRITEBYTECODE", "1")),
            mounts=(Mount(source=place, target="/service"),),
        ),
    )


def test_faster_lighter_and_wrong_are_all_seen(tmp_path: Path) -> None:
    subjects = [
        subject("original", tmp_path, sleep=0.02, ballast=60_000_000),
        subject("fast", tmp_path),
        subject("wrong", tmp_path, answer="word.upper().replace('E', 'X')"),
    ]
    found = finished(observations(subjects, QUESTIONS, PLAN))
    original, fast, wrong = found.measurements
    assert [each.candidate for each in found.measurements] == ["original", "fast", "wrong"]
    assert ratio_of_medians(original.rounds, fast.rounds).low > 2
    assert max(original.peak_memory_bytes) > max(fast.peak_memory_bytes) + 50_000_000
    assert len(original.cold_start_seconds) == 2
    assert all(cold >= load for cold, load in zip(fast.cold_start_seconds, fast.load_seconds, strict=True))
    assert error_rate(original) == error_rate(fast) == 0
    assert error_rate(wrong) == pytest.approx(2 / 3)
    assert found.replays[0].differences == ()
    assert [each.index for each in found.replays[1].differences] == [0, 2]


def test_a_request_that_the_original_itself_does_not_repeat_is_not_compared(tmp_path: Path) -> None:
    subjects = [subject("original", tmp_path, answer="str(calls)"), subject("other", tmp_path)]
    found = finished(observations(subjects, QUESTIONS, PLAN))
    assert found.replays[0].differences == ()
    assert found.replays[0].unstable == (0, 1, 2)


def test_without_labels_the_answers_to_the_requests_are_what_is_compared(tmp_path: Path) -> None:
    subjects = [
        subject("original", tmp_path, answer="[word.upper(), 0.5]"),
        subject("rounded", tmp_path, answer="[word.upper(), 0.5000001]"),
        subject("wrong", tmp_path, answer="[word.upper().replace('T', 'X'), 0.5]"),
    ]
    original, rounded, wrong = finished(observations(subjects, Questions(requests=REQUESTS), PLAN)).measurements
    assert len(original.outputs) == 3
    assert original.outputs[0].startswith('200 {"word":["ONE"')
    assert rounded.outputs == original.outputs
    assert [a == b for a, b in zip(original.outputs, wrong.outputs, strict=True)] == [True, False, False]


def test_without_labels_a_metric_says_how_far_an_answer_agrees_with_the_original(tmp_path: Path) -> None:
    subjects = [
        subject("original", tmp_path, answer="[1.0, 0.0]"),
        subject("near", tmp_path, answer="[0.8, 0.6]"),
    ]
    asked = Questions(requests=REQUESTS, metric="cosine", answer="word")
    original, near = finished(observations(subjects, asked, PLAN)).measurements
    assert original.agreement
    assert near.agreement
    assert original.errors == (0.0,) * 3
    assert near.errors == pytest.approx((0.2,) * 3)


def test_a_metric_of_ones_own_that_fails_is_told_before_anything_is_started(tmp_path: Path) -> None:
    asked = replace(QUESTIONS, metric="score.py:near", code="def near(a, b): return 1 / 0")
    with pytest.raises(SettingsInvalid, match="item 1 of 3: ZeroDivisionError"):
        next(observations([subject("original", tmp_path, source="import nothing_of_this_name")], asked, PLAN))


def test_a_candidate_that_fails_is_named_and_the_baseline_ends_the_run(tmp_path: Path) -> None:
    good = subject("original", tmp_path)
    broken = subject("broken", tmp_path, source="import nothing_of_this_name\n")
    found = finished(observations([good, broken], QUESTIONS, PLAN))
    assert [each.candidate for each in found.measurements] == ["original"]
    assert found.failed[0][0] == "broken"
    assert "nothing_of_this_name" in found.failed[0][1]
    with pytest.raises(ServiceFailed, match="before it listened") as caught:
        finished(observations([broken, good], QUESTIONS, PLAN))
    assert "nothing_of_this_name" in caught.value.where


def test_a_subject_that_has_only_errors_to_say_has_failed(tmp_path: Path) -> None:
    """Errors are quick, so their times would win."""
    good, broken = subject("original", tmp_path), subject("broken", tmp_path, answer="nonsense(word)")
    found = finished(observations([good, broken], QUESTIONS, PLAN))
    assert [each.candidate for each in found.measurements] == ["original"]
    ((name, reason),) = found.failed
    assert name == "broken"
    assert "every one of 3 recorded requests with a server error (500)" in reason
    assert "NameError: name 'nonsense' is not defined" in reason
    with pytest.raises(ServiceFailed, match="every one of 3") as caught:
        finished(observations([broken, good], QUESTIONS, PLAN))
    assert "NameError" in caught.value.where
    assert "by hand" in caught.value.next_step


def test_errors_to_some_requests_on_both_sides_are_answers_like_others(tmp_path: Path) -> None:
    answer = "{'one': 'ONE', 'two': 'TWO'}[word]"
    subjects = [subject(name, tmp_path, answer=answer) for name in ("a", "b")]
    found = finished(observations(subjects, Questions(requests=REQUESTS), PLAN))
    assert found.failed == ()
    assert [each.status for each in found.replays[0].expected] == [200, 200, 500]
    assert found.replays[0].differences == ()


def test_a_service_that_is_left_leaves_no_process_behind(tmp_path: Path) -> None:
    with running(subject("original", tmp_path).launch) as service:
        assert service.ask(REQUESTS[0])[1].body.strip() == '{"word":"ONE"}'
        pid = service.process.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_slow_original_that_never_repeats_itself_is_called_unstable_and_not_different(tmp_path: Path) -> None:
    """Its speed rounds reach few of the requests: those that differ are asked once more."""
    slow = {"answer": "str(time.time_ns())", "sleep": 0.05}
    subjects = [subject(name, tmp_path, **slow) for name in ("original", "candidate")]  # type: ignore[arg-type]
    found = finished(observations(subjects, Questions(requests=REQUESTS * 8), replace(PLAN, speed_seconds=0.1)))
    assert len(found.measurements[0].seconds) < 24
    assert found.replays[0].differences == ()
    assert len(found.replays[0].unstable) == 24
