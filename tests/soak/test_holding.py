"""Who holds what: in this process, as the walk finds it in a service's."""

from __future__ import annotations

import ctypes
import functools
import gc
import sys
import threading
import types
import weakref
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jettison.soak.inside.holding import holders
from jettison.soak.inside.tracking import TracemallocWindow


class Kept:
    """Something to be held."""


class Box:
    everything: list[Any] = []  # noqa: RUF012  (that it is shared is the point)

    def __init__(self) -> None:
        self.inside: dict[str, Any] = {}


@functools.cache
def remembered(number: int) -> Kept:
    return Kept()


def _closure() -> Any:
    calls: list[Any] = []

    def call(thing: Any) -> None:
        calls.append(thing)

    return call


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    """A module that holds nothing yet."""
    made = types.ModuleType("held_here")
    sys.modules["held_here"] = made
    yield made
    del sys.modules["held_here"]


def held(things: list[Any]) -> dict[str, Any] | None:
    addresses = [(id(thing), 16) for thing in things]
    things.clear()
    found = holders({"sites": [{"addresses": addresses}]})
    assert found["complete"]
    answer: dict[str, Any] | None = found["holders"][0]
    return answer


def named(found: dict[str, Any] | None) -> tuple[str, str, int]:
    assert found is not None
    return found["name"], found["kind"], found["items"]


def test_a_list_of_a_module_a_class_attribute_an_object_and_a_queue(module: types.ModuleType) -> None:
    module.SEEN = [Kept() for _ in range(5)]  # type: ignore[attr-defined]
    assert named(held(list(module.SEEN))) == ("held_here.SEEN", "list", 5)
    module.SEEN = [types.SimpleNamespace(kept=Kept()) for _ in range(5)]  # type: ignore[attr-defined]
    found = held([each.kept for each in module.SEEN])
    assert named(found) == ("held_here.SEEN", "list", 5)
    assert found is not None
    assert found["through"].endswith(".kept")
    module.SEEN = None  # type: ignore[attr-defined]

    module.Box = Box  # type: ignore[attr-defined]
    box = module.box = Box()  # type: ignore[attr-defined]
    box.inside.update({f"key {n}": Kept() for n in range(4)})
    assert named(held(list(box.inside.values()))) == ("held_here.box.inside", "dict", 4)
    module.last = deque((Kept() for _ in range(3)), maxlen=3)  # type: ignore[attr-defined]
    assert named(held(list(module.last))) == ("held_here.last", "deque", 3)


def test_an_attribute_of_what_is_a_list_or_a_queue_itself(module: types.ModuleType) -> None:
    for base in (list, tuple, deque):
        module.batch = type("Batch", (base,), {})()  # type: ignore[attr-defined]
        module.batch.seen = [Kept() for _ in range(5)]
        assert named(held(list(module.batch.seen))) == ("held_here.batch.seen", "list", 5)


def test_cycles_are_there_to_be_found_where_their_collection_is_switched_off(tmp_path: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        ring = Kept()
        ring.me = ring  # type: ignore[attr-defined]
        left = weakref.ref(ring)
        del ring
        window = TracemallocWindow(tmp_path)
        window.close(0)
        window.forget()
        holders({"sites": []})
        assert left() is not None
    finally:
        gc.enable()
    holders({"sites": []})
    assert left() is None


def test_a_default_value(module: types.ModuleType) -> None:
    def remember(thing: Any, first: str = "", _memo: list[Any] = []) -> None:  # noqa: B006  (that it is shared is the point)
        _memo.append(thing)

    module.remember = remember  # type: ignore[attr-defined]
    things = [Kept() for _ in range(4)]
    for thing in things:
        remember(thing)
    assert named(held(things)) == ("held_here.remember._memo", "list", 4)


def test_a_closure_and_a_cache(module: types.ModuleType) -> None:
    module.call = _closure()  # type: ignore[attr-defined]
    things = [Kept() for _ in range(4)]
    for thing in things:
        module.call(thing)
    found = held(things)
    assert named(found) == ("held_here.call.calls", "list", 4)
    assert found is not None
    assert found["names"][0] == "calls"

    module.remembered = remembered  # type: ignore[attr-defined]
    found = held([remembered(number) for number in range(5)])
    assert found is not None
    assert found["items"] == 5
    assert "remembered" in found["names"]


def test_a_variable_of_a_function_that_runs() -> None:
    go_on, there = threading.Event(), threading.Event()
    addresses: list[tuple[int, int]] = []

    def run() -> None:
        waiting = [Kept() for _ in range(6)]
        addresses.extend((id(thing), 16) for thing in waiting)
        there.set()
        go_on.wait()

    thread = threading.Thread(target=run)
    thread.start()
    there.wait()
    found = holders({"sites": [{"addresses": addresses}]})["holders"][0]
    go_on.set()
    thread.join()
    assert found is not None
    assert found["name"].endswith(".run.waiting")
    assert found["items"] == 6


def test_nothing_in_python_holds_what_c_code_keeps() -> None:
    blocks = [ctypes.create_string_buffer(400) for _ in range(8)]
    addresses = [(ctypes.addressof(block), 400) for block in blocks]
    assert holders({"sites": [{"addresses": addresses}]})["holders"] == [None]


def test_a_walk_that_is_cut_short_says_so() -> None:
    found = holders({"sites": [{"addresses": [(1, 1)]}], "most": 100})
    assert found == {"holders": [None], "complete": False}
