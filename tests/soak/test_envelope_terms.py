"""The arithmetic of a memory envelope, by hand: at a limit, under it and over it; and what inputs are made of."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from jettison.errors import EnvironmentUnusable, JettisonError, ServiceFailed
from jettison.machine import host
from jettison.pipeline.certifying import certified
from jettison.records import (
    Envelope,
    Environment,
    Ladder,
    Mix,
    Request,
    Rung,
    Soak,
    Trial,
    finished,
    from_json,
    to_json,
)
from jettison.report.soaked import page, terminal
from jettison.report.soaked.envelope import said
from jettison.soak.admission import Admission, body_limits, needed_bytes
from jettison.soak.endpoints import size_of
from jettison.soak.ladders import climbs, rows

MB = 1_000_000
KIB = 1024


def ladder(*rungs: tuple[int, int], refused: int | None = None, of_bodies: bool = True) -> Ladder:
    made = tuple(Rung(body_bytes=body, rows=1, peaks=(peak, peak - 1), seconds=0.1) for body, peak in rungs)
    return Ladder(
        endpoint="POST /",
        way="longer text" if of_bodies else "longer query",
        of_bodies=of_bodies,
        base_bytes=50 * MB,
        rungs=made,
        ended="no larger one is made" if refused is None else "it answered 413",
        refused_bytes=refused,
    )


def mix(*, base: int = 50, peak: int = 90, settled: int = 60, loading: int = 55, files: int = 5) -> Mix:
    sizes = {
        "base": base,
        "peak": peak,
        "settled": settled,
        "load_peak": loading,
        "touched": files,
        "mapped": 2 * files,
    }
    return Mix(seconds=8.0, statuses=((200, 9),), **{f"{name}_bytes": size * MB for name, size in sizes.items()})


ENVELOPE = Envelope(
    meter="cgroup v2",
    concurrency=4,
    holds_concurrency=True,
    connections=64,
    workers=1,
    max_body_bytes=16 * KIB,
    max_rows=1,
    files_bytes=5 * MB,
    ladders=(ladder((10, MB)),),
    mixes=(mix(), mix(peak=88)),
)
ENVELOPE_HELD = Trial(limit_bytes=ENVELOPE.limit_bytes, guarded=True, outcome="held")


def test_the_bound_never_falls_with_size_and_holds_up_to_the_rung_it_was_measured_at() -> None:
    found = ladder((100, 3 * MB), (200, 2 * MB), (400, 7 * MB))
    assert found.bounds == (3 * MB, 3 * MB, 7 * MB)
    sizes = (1, 100, 101, 200, 201, 400, 401)
    assert [found.peak_bytes(size) for size in sizes] == [3 * MB] * 4 + [7 * MB] * 2 + [None]


def test_the_limit_is_the_sum_of_its_terms() -> None:
    # base 50, retained 60 - 50, at once (90 - 60) = 4 × 7.5, files 5, margin 90 - 88
    assert (ENVELOPE.base_bytes, ENVELOPE.retained_bytes, ENVELOPE.each_bytes) == (50 * MB, 10 * MB, 7_500_000)
    assert (ENVELOPE.files_bytes, ENVELOPE.margin_bytes, ENVELOPE.spare_bytes) == (5 * MB, 2 * MB, 0)
    assert ENVELOPE.limit_bytes == mib(50 + 10 + 30 + 5 + 2)
    assert replace(ENVELOPE, leak_bytes=100.0, horizon_requests=30_000).limit_bytes == mib(97 + 3)
    # Three workers and a spare one: a third of what is firm, 90, comes on top.
    assert replace(ENVELOPE, workers=3).limit_bytes == mib(97 + 30)
    # Fresh starts that do not differ: a hundredth of the peak.
    assert replace(ENVELOPE, mixes=(mix(),)).margin_bytes == 900_000
    # What settles below the base retains nothing, and loading may take more than serving ever does.
    assert replace(ENVELOPE, mixes=(mix(settled=45),)).retained_bytes == 0
    assert replace(ENVELOPE, mixes=(mix(loading=200),)).limit_bytes == mib(200.9)
    assert from_json(to_json(ENVELOPE), Envelope) == ENVELOPE


@pytest.mark.parametrize(("megabytes", "workers"), [(96, 0), (97, 1), (186, 1), (187, 1), (276, 1), (277, 2), (367, 3)])
def test_workers_within_a_container(megabytes: int, workers: int) -> None:
    """7 MB are files and margin; each worker has 90; from two on there is a spare one."""
    assert ENVELOPE.workers_within(megabytes * MB) == workers


def test_body_limits_for_a_container() -> None:
    found = [ladder((KIB, MB), (2 * KIB, 2 * MB), (4 * KIB, 10 * MB), (8 * KIB, 40 * MB), refused=16 * KIB)]
    assert needed_bytes(found, 3 * KIB, 4) == 90 * MB
    bear = Admission(concurrency=4, held=True)
    for limit, bodies in ((90 * MB - 1, (2 * KIB, KIB)), (90 * MB, (4 * KIB, 2 * KIB, KIB)), (10 * MB, (8 * KIB,))):
        assert body_limits(found, replace(bear, limit_bytes=limit), KIB) == bodies
    # Without one: what was asked for, four times the recorded, at least 16 KiB; never more than was answered.
    assert body_limits(found, bear, KIB) == (8 * KIB,)
    assert body_limits(found, replace(bear, max_body_bytes=3000), KIB) == (3000,)
    assert body_limits(found, replace(bear, max_body_bytes=9 * KIB), KIB) == (8 * KIB,)
    assert body_limits([ladder((64 * KIB, MB))], bear, KIB) == (16 * KIB,)
    assert body_limits([ladder((64 * KIB, MB))], bear, 5 * KIB) == (20 * KIB,)
    assert body_limits([ladder((50, MB), of_bodies=False)], bear, 0) == (16 * KIB,)


def test_a_body_that_cannot_be_made_larger_is_no_limit() -> None:
    bear, small, path = Admission(concurrency=4, held=True), ladder((30, MB)), ladder((7, MB), of_bodies=False)
    for found in ([small], [small, path], [small, ladder((60, MB), refused=120)]):
        assert body_limits(found, bear, 30) == (16 * KIB,)
        assert body_limits(found, replace(bear, max_body_bytes=8 * KIB), 30) == (8 * KIB,)
        assert body_limits(found, replace(bear, limit_bytes=90 * MB), 30) == (16 * KIB,)
    assert body_limits([ladder((5 * KIB, MB))], bear, 5 * KIB) == (20 * KIB,)
    assert body_limits([path], replace(bear, max_body_bytes=8 * KIB), 0) == (8 * KIB,)
    (climb,) = climbs("GET /", (Request(method="GET", path="/health"),))
    assert not climb.of_bodies


def test_a_file_that_is_sent_has_its_own_size_and_is_not_made_larger() -> None:
    upload = Request(method="POST", path="/see?as=this", body="image=a.png", data=b"x" * 5000)
    (climb,) = climbs("POST /see", (upload,))
    assert (size_of(upload), climb.way, tuple(climb.requests())) == (5000, "recorded", (upload,))


def mib(megabytes: float) -> int:
    """That many MB, rounded up to whole MiB."""
    return math.ceil(megabytes * MB / (1 << 20)) << 20


def test_an_envelope_holds_where_it_lived_and_fits() -> None:
    held = ENVELOPE_HELD
    less = replace(held, limit_bytes=ENVELOPE.limit_bytes - 1, guarded=False, outcome="killed")
    proved = replace(ENVELOPE, trials=(held, less))
    limits = (None, ENVELOPE.limit_bytes - 1, ENVELOPE.limit_bytes, ENVELOPE.limit_bytes + 1)
    assert [proved.holds_within(limit) for limit in limits] == [True, False, True, True]
    assert not replace(proved, trials=(replace(held, outcome="starved"), less)).holds_within(None)
    assert proved.is_proved
    assert not proved.is_padded
    refused = replace(less, guarded=True, outcome="refused", said="it needs more")
    assert replace(proved, trials=(held, less, refused)).holds_within(None)
    assert not replace(proved, trials=(held, less, replace(refused, outcome="held"))).holds_within(None)
    padded = replace(proved, trials=(held, replace(less, outcome="held"), refused))
    assert (padded.holds_within(None), padded.is_padded) == (True, True)
    assert [kind for kind, _ in said(padded, None)][:4] == ["held", "held", "refused", "padded"]


@pytest.mark.parametrize(
    ("trials", "error", "words"),
    [
        ((), EnvironmentUnusable, "nothing was proved"),
        ((replace(ENVELOPE_HELD, limit_bytes=1, guarded=False),), ServiceFailed, "did not live"),
        ((replace(ENVELOPE_HELD, outcome="killed"),), ServiceFailed, "did not live"),
        ((ENVELOPE_HELD, replace(ENVELOPE_HELD, limit_bytes=1)), EnvironmentUnusable, "does not heed"),
    ],
)
def test_what_was_not_proved_is_not_certified(
    tmp_path: Path, trials: tuple[Trial, ...], error: type[JettisonError], words: str
) -> None:
    with pytest.raises(error, match=words):
        finished(certified(tmp_path, replace(ENVELOPE, trials=trials), tmp_path / "sure"))
    assert not (tmp_path / "sure").exists()


def posted(body: object, path: str = "/") -> Request:
    return Request(method="POST", path=path, body=body if isinstance(body, str) else json.dumps(body))


def test_inputs_grow_in_every_way_that_they_can() -> None:
    recorded = tuple(posted({"id": "a", "texts": ["some words"] * count}) for count in (1, 2, 3))
    found = {each.way: each for each in climbs("POST /", recorded)}
    assert set(found) == {"longer text", "more rows"}
    longer = list(islice(found["longer text"].requests(), 12))
    assert longer[:3] == list(recorded)
    assert json.loads(longer[3].body)["texts"][0] == "some words some words"
    more = list(islice(found["more rows"].requests(), 12))
    assert [rows(request) for request in more[:5]] == [1, 2, 3, 6, 12]
    for most in (100, 1000, 100_000):
        assert most - 45 < size_of(found["more rows"].largest(most)) <= most
    assert found["more rows"].largest(size_of(recorded[1])) == recorded[1]
    assert found["more rows"].largest(1) == recorded[0]


@pytest.mark.parametrize(
    ("request_", "ways"),
    [
        (posted({"image": "QUJj1" * 200}), ["recorded"]),
        (posted({"word": "a" * 600}), ["longer text"]),
        (posted("plain words, no JSON"), ["longer text"]),
        (Request(method="GET", path="/words?of=this&n=1"), ["longer query"]),
        (Request(method="GET", path="/health"), ["recorded"]),
        (posted([[1, 2], [3, 4]]), ["more rows"]),
        (posted({"n": 1}), ["recorded"]),
    ],
)
def test_what_cannot_grow_is_asked_as_it_was_recorded(request_: Request, ways: list[str]) -> None:
    found = climbs("one", (request_,))
    assert [each.way for each in found] == ways
    requests = list(islice(found[0].requests(), 8))
    assert requests[0] == request_
    assert (len(requests) == 1) is (ways == ["recorded"])
    assert [size_of(request) for request in requests] == sorted(size_of(request) for request in requests)


def test_the_terms_and_the_trials_are_shown() -> None:
    held = Trial(limit_bytes=ENVELOPE.limit_bytes, guarded=True, outcome="held", working_bytes=90 * MB, seconds=2.0)
    said = "jettison-serve: the service needs 98 MB, and the container allows 83 MB: raise its memory limit"
    refused = replace(held, limit_bytes=83 * MB, outcome="refused", said=said)
    killed = replace(held, limit_bytes=69 * MB, guarded=False, outcome="killed", said="the kernel killed 1 of its")
    found = Soak(
        jettison="0",
        started="2026-11-28T00:00:00",
        host=host(),
        service="<i>tiny</i>",
        command=("python",),
        environment=Environment(name="original", python="3.11", packages=()),
        growths=(),
        limit_bytes=300 * MB,
        envelope=replace(
            ENVELOPE,
            ladders=(ladder((10, MB)), ladder(refused=10)),
            trials=(held, killed, refused),
            notes=("<b>odd</b>",),
        ),
    )
    text = StringIO()
    Console(file=text, width=140).print(terminal.render(found))
    shown = " ".join(text.getvalue().split())
    for words in (
        "base 50.0 MB",
        "4 × 7.50 MB",
        "limit 97.5 MB of the container's memory: 93Mi",
        "92% of it was in use",
    ):
        assert words in shown
    assert "POST /, longer text: it answered 413." in shown
    assert "Under 69.0 MB, its guard off: the kernel killed 1 of its." in shown
    assert "it does not start: the service needs 98 MB, and the container allows 83 MB" in shown
    assert "fits A container of 300 MB holds it: it has memory for 2 workers and a spare one." in shown
    html = page.render(found).decode()
    assert "Memory envelope" in html
    assert "&lt;b&gt;odd" in html
    assert "<b>odd" not in html
