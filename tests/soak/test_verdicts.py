"""The verdict on readings that are made up here, so that what is true of them is known."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from jettison.records import Growth, Held, Phase, Reading, Request
from jettison.soak.endpoints import Endpoint
from jettison.soak.series import Soaked
from jettison.soak.verdicts import goes_on, growth

ENDPOINT = Endpoint(name="POST /predict", mix=(Request(method="POST", path="/predict"),))


def held(
    pid: int,
    in_use: float,
    resident: float = 50e6,
    *,
    anonymous: float | None = None,
    parent: int = 1,
    seconds: float = 0.0,
) -> Held:
    return Held(
        pid=pid,
        parent=parent,
        heap_bytes=int(in_use),
        blocks_bytes=0,
        blocks=0,
        arenas_bytes=0,
        resident_bytes=int(resident),
        anonymous_bytes=int(resident if anonymous is None else anonymous),
        proportional_bytes=int(resident),
        own_bytes=int(resident),
        peak_bytes=int(resident),
        threads=1,
        descriptors=3,
        seconds=seconds,
        collects=True,
    )


class Readings:
    """Batches of a service that holds what `in_use` says after so many requests."""

    def __init__(self, in_use: Callable[[int], float] = lambda requests: 0.0) -> None:
        self.in_use, self.requests, self.seconds = in_use, 0, 0.0
        self.readings: list[Reading] = []
        self.stages: list[int] = []
        self.more = 0.0
        """Bytes beside those of `in_use`."""
        self.resident = 50e6
        self.files = 0.0
        """Of the resident bytes."""
        self.pid = 7
        self.batch("start", 0)

    def batch(self, phase: Phase, requests: int, seconds: float = 0.1) -> None:
        self.requests += requests
        self.seconds += seconds
        in_use, anonymous = self.in_use(self.requests) + self.more, self.resident - self.files
        process = held(self.pid, in_use, self.resident, anonymous=anonymous)
        self.readings.append(Reading(phase=phase, requests=self.requests, seconds=self.seconds, processes=(process,)))

    def stage(self, batches: int = 24, requests: int = 25) -> None:
        self.stages.append(len(self.readings))
        for _ in range(batches):
            self.batch("repeated", requests)

    def warm(self) -> Readings:
        for _ in range(4):
            self.batch("warm-up", 25)
        return self

    @property
    def soaked(self) -> Soaked:
        return Soaked(endpoint=ENDPOINT, readings=tuple(self.readings), stages=tuple(self.stages))


def verdict(in_use: Callable[[int], float], stages: Sequence[int] = (25, 25, 50, 100)) -> Growth:
    """Soaked as it is done, stage after stage as long as the readings ask for it."""
    made = Readings(in_use).warm()
    for requests in stages:
        made.stage(requests=requests)
        if not goes_on(made.soaked):
            break
    return growth(made.soaked)


def test_a_steady_rise_is_a_leak_seen_in_the_first_stage_and_its_interval_holds_the_truth() -> None:
    found = verdict(lambda requests: 64 * requests)
    assert found.cause == "leak"
    assert found.seen_after == 600
    assert found.kept is not None
    assert (found.kept.low, found.kept.high) == (64, 64)


def test_what_is_kept_of_one_request_in_ten_is_a_leak_too() -> None:
    wild = random.Random(5)
    kept = [0]
    for _ in range(20_000):
        kept.append(kept[-1] + (10_000 if wild.random() < 0.1 else 0))
    found = verdict(lambda requests: kept[requests])
    assert found.cause == "leak"
    assert found.kept is not None
    assert found.kept.low <= 1000 <= found.kept.high


def test_noise_without_a_rise_is_clean_or_undecided_but_never_a_leak() -> None:
    for seed in range(15):
        wild = random.Random(seed)
        quiet = verdict(lambda requests, wild=wild: wild.gauss(0, 400))  # type: ignore[misc]
        loud = verdict(lambda requests, wild=wild: wild.gauss(0, 300_000))  # type: ignore[misc]
        assert quiet.cause == "clean"
        assert loud.cause in ("clean", "unknown")


@pytest.mark.parametrize("entries", [700, 1000, 2000])
def test_a_ring_that_fills_as_a_leak_grows_is_followed_until_it_ends(entries: int) -> None:
    found = verdict(lambda requests: 300 * min(requests, entries))
    assert found.cause == "cache"
    assert found.bound_bytes == 300 * (entries - 100)  # what filled it during warm-up is not counted


def remembered(users: int, most: int, seed: int) -> list[int]:
    """Bytes in a cache of `most` entries after so many requests of as many users, who come in no order."""
    wild = random.Random(seed)
    cache: OrderedDict[int, int] = OrderedDict()
    total = [0]
    for _ in range(5000):
        user, gained = wild.randrange(users), 0
        if user not in cache:
            cache[user] = gained = wild.randint(500, 1100)
            if len(cache) > most:
                gained -= cache.popitem(last=False)[1]
        total.append(total[-1] + gained)
    return total


@pytest.mark.parametrize(("users", "most"), [(1000, 300), (1000, 1000), (5000, 1000), (5000, 5000)])
def test_caches_of_every_size_are_told_from_leaks(users: int, most: int) -> None:
    for seed in range(3):
        kept = remembered(users, most, seed)
        assert verdict(lambda requests, kept=kept: kept[requests]).cause in ("clean", "cache", "unknown")  # type: ignore[misc]


def test_a_cache_that_fills_more_and_more_slowly_is_not_called_a_leak() -> None:
    found = verdict(lambda requests: 2e6 * (1 - 2.718 ** (-requests / 3000)))
    assert found.cause == "unknown"
    assert "filling" in found.reason


def test_a_leak_beside_what_a_server_sets_up_at_first_is_still_a_leak() -> None:
    found = verdict(lambda requests: 64 * requests + 90 * min(requests, 500))
    assert found.cause == "leak"
    assert found.kept is not None
    assert found.kept.low <= 64 <= found.kept.high


def test_a_rise_of_eight_bytes_is_no_leak_and_one_of_nine_is() -> None:
    assert verdict(lambda requests: 8 * requests).cause == "clean"
    assert verdict(lambda requests: 9 * requests).cause == "leak"


def test_growth_by_the_clock_is_subtracted_and_told() -> None:
    made = Readings().warm()
    made.in_use = lambda requests: 100_000 * made.seconds  # 400 B a request at 25 requests in 0.1 s
    made.stage()
    for _ in range(7):
        made.batch("idle", 0, seconds=0.2)
    found = growth(made.soaked)
    assert found.cause == "unknown"
    assert "100,000 B in every second" in found.reason
    assert found.kept is not None
    assert found.kept.high == pytest.approx(0, abs=1)
    assert found.idle_bytes == pytest.approx(400)
    made = Readings().warm()
    made.in_use = lambda requests: 100_000 * made.seconds + 200 * made.requests
    made.stage()
    for _ in range(7):
        made.batch("idle", 0, seconds=0.2)
    found = growth(made.soaked)
    assert found.cause == "leak"
    assert found.kept is not None
    assert found.kept.estimate == pytest.approx(200)


def with_new(*, size: float, content: float, again: float, content_until: int = 10**9) -> Growth:
    """A service that keeps so much of each new size, each new request, and each of them that comes again."""
    made = Readings().warm()
    made.stage()
    asked = 0
    for _ in range(10):
        made.more += 5 * size
        made.batch("new sizes", 5)
    for _ in range(10):
        asked += 5
        made.more += 5 * content if asked <= content_until else 0
        made.batch("new requests", 5)
    for _ in range(10):
        made.more += 10 * again
        made.batch("again", 10)
    return growth(made.soaked)


def test_growth_with_sizes_alone_is_a_cache_of_shapes() -> None:
    found = with_new(size=65_536, content=0, again=0)
    assert found.cause == "shapes"
    assert found.each_new is not None
    assert found.each_new.estimate == 65_536
    assert found.is_open
    assert with_new(size=2000, content=0, again=0).cause == "clean"  # a hundred kilobytes at fifty sizes


def test_growth_with_everything_new_is_a_cache_whose_bound_is_said_when_it_was_seen() -> None:
    found = with_new(size=1000, content=1000, again=0, content_until=30)
    assert (found.cause, found.bound_bytes) == ("cache", 80_000)
    found = with_new(size=1000, content=1000, again=0)
    assert (found.cause, found.bound_bytes) == ("unknown", None)
    assert "no bound" in found.reason


def test_growth_that_comes_each_time_outside_of_the_mix_is_a_leak() -> None:
    assert with_new(size=2000, content=2000, again=2000).cause == "leak"
    assert with_new(size=0, content=0, again=0).cause == "clean"


def test_resident_memory_that_is_not_in_use_is_the_allocators() -> None:
    made = Readings().warm()
    made.resident += 30e6
    made.stage()
    made.batch("idle", 0)
    made.resident -= 25e6
    made.batch("trimmed", 0)
    found = growth(made.soaked)
    assert found.cause == "retention"
    assert "30.0 MB" in found.reason
    assert "25.0 MB" in found.reason


def test_neither_pages_of_files_nor_what_loading_leaves_behind_are_kept_by_the_allocator() -> None:
    mapped = Readings().warm()
    mapped.resident += 30e6
    mapped.files += 30e6
    late = Readings()  # the app is imported after its first reading, as by gunicorn's workers
    late.more, late.resident = 15e6, 95e6
    late.batch("start", 1)
    late.warm()
    for made in (mapped, late):
        made.stage()
        made.batch("idle", 0)
        made.batch("trimmed", 0)
        assert growth(made.soaked).cause == "clean"


def test_workers_that_hold_the_same_are_told_from_what_started_them() -> None:
    made = Readings().warm()
    made.stage()
    made.batch("idle", 0)
    made.batch("trimmed", 0)
    three = [
        replace(
            each,
            processes=(
                held(2, 0, 40e6),
                *(
                    held(pid, 0, 180e6, anonymous=160e6 + 10e6 * (each.requests > 0), parent=2, seconds=each.requests)
                    for pid in (3, 4)  # each of them keeps something too: that is the smaller part
                ),
            ),
        )
        for each in made.readings
    ]
    found = growth(replace(made.soaked, readings=tuple(three)))
    assert found.cause == "workers"
    assert "2 processes hold 180 MB" in found.reason


def test_a_process_that_is_replaced_breaks_the_series_and_no_difference_is_taken_across() -> None:
    made = Readings(lambda requests: 100 * requests).warm()
    made.stage(batches=12)
    made.stages.pop()
    made.pid, made.more = 8, -1e6
    made.stage(batches=12)
    made.stages[-1] -= 12
    found = growth(made.soaked)
    assert found.kept is not None
    assert found.kept.estimate == 100
    made = Readings().warm()
    made.stages.append(len(made.readings))
    for pid in range(24):
        made.pid = pid
        made.batch("repeated", 25)
    found = growth(made.soaked)
    assert (found.cause, found.kept) == ("unknown", None)
    assert "replaced" in found.reason


def test_a_service_that_went_under_is_judged_by_what_was_read_and_never_called_clean() -> None:
    leaking = Readings(lambda requests: 5000 * requests).warm()
    leaking.stage(batches=20)
    found = growth(replace(leaking.soaked, ended="it was killed"))
    assert (found.cause, found.ended) == ("leak", "it was killed")
    flat = Readings().warm()
    flat.stage(batches=20)
    assert growth(replace(flat.soaked, ended="it was killed")).cause == "unknown"
    early = Readings().warm()
    assert growth(replace(early.soaked, ended="it was killed")).cause == "unknown"


@pytest.mark.parametrize("begun", [False, True])
def test_a_service_that_goes_under_while_it_warms_up_is_judged_by_that(begun: bool) -> None:
    """Also where the first stage had begun and nothing of it was read."""
    kept = {"leak": 5000, "unknown": 0}
    for cause, each in kept.items():
        made = Readings(lambda requests, each=each: each * requests)  # type: ignore[misc]
        for _ in range(12):
            made.batch("warm-up", 4)
        stages = (len(made.readings),) if begun else ()
        found = growth(replace(made.soaked, stages=stages, ended="it was killed"))
        assert (found.cause, found.ended) == (cause, "it was killed")
        assert found.kept is not None
        assert found.kept.estimate == each
        assert "after 48" in found.reason


def test_who_answers_only_errors_is_never_called_clean_and_may_be_called_a_leak() -> None:
    refused = ((400, 300), (500, 300))
    made = Readings().warm()
    made.stage()
    found = growth(replace(made.soaked, statuses=refused))
    assert found.cause == "unknown"
    assert "only errors (400, 500)" in found.reason
    assert growth(replace(made.soaked, statuses=((200, 1), *refused))).cause == "clean"
    full = Readings(lambda requests: 300 * min(requests, 700)).warm()
    full.stage()
    full.stage()
    assert growth(full.soaked).cause == "cache"
    found = growth(replace(full.soaked, statuses=refused))
    assert (found.cause, found.bound_bytes) == ("unknown", None)
    leaking = Readings(lambda requests: 100 * requests).warm()
    leaking.stage()
    assert growth(replace(leaking.soaked, statuses=refused)).cause == "leak"


def test_without_a_meter_for_all_memory_nothing_is_called_clean() -> None:
    made = Readings().warm()
    made.stage()
    assert growth(made.soaked).cause == "clean"
    found = growth(replace(made.soaked, missing=(("heap", "this C library has no mallinfo2"),)))
    assert found.cause == "unknown"
    assert "meter" in found.reason


def test_what_is_given_back_while_nothing_is_asked_makes_no_leak() -> None:
    made = Readings().warm()
    made.stage()
    for _ in range(7):
        made.more -= 5000
        made.batch("idle", 0, seconds=0.1)
    found = growth(made.soaked)
    assert (found.cause, found.idle_bytes) == ("clean", 0.0)
