"""Windows in real services: the right line first, who holds it, and a clean endpoint that is not accused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jettison.environments import Prepared, Wanted, prepared
from jettison.packages.runtime_wheel import runtime_wheel
from jettison.records import Allocations, Request, finished
from jettison.replay.service import Launch, running
from jettison.sandbox.container import Mount
from jettison.soak.agents import injected
from jettison.soak.memray_folder import memray_folder
from jettison.soak.sources import Sources
from jettison.soak.windows import allocations, equipped
from jettison.workspace import Workspace

FLASK = """
import ctypes, os, signal
from flask import Flask, request
app = Flask(__name__)
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
SEEN, LAST, CHAIN = [], {}, None

def remember(answer):
    calls = []
    def remembering():
        calls.append((request.path, {"number": len(calls)}))   # closure
        return answer()
    remembering.__name__ = answer.__name__
    return remembering

@app.get("/python")
def python():
    SEEN.append(bytes(700))   # python
    return "yes"

@app.get("/native")
def native():
    c.malloc(3000)   # native
    return "yes"

@app.get("/closure")
@remember
def closure():
    return "yes"

@app.get("/small")
def small():
    global CHAIN
    CHAIN = (CHAIN, None)   # small
    return "yes"

@app.get("/apart")
def apart():
    made = bytes(500)   # apart
    SEEN.append(made)   # appended
    return "yes"

@app.get("/cache")
def cache():
    LAST[len(LAST) % 10] = bytes(9000)
    return "yes" * len([bytes(100) for _ in range(10)])

@app.get("/killed")
def killed():
    SEEN.append(bytes(700))   # killed
    if len(SEEN) > 30:
        os.kill(os.getpid(), signal.SIGKILL)
    return "yes"
"""
FASTAPI = """
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI()

class Item(BaseModel):
    text: str

class Store:
    items: list[Item] = []

@app.middleware("http")
async def passing(request, call_next):
    return await call_next(request)

@app.post("/keeps")
async def keeps(item: Item):
    Store.items.append(item)   # keeps
    return {"size": len(item.text)}

@app.post("/clean")
async def clean(item: Item):
    return {"size": len(item.text)}
"""
FILLED = {"items": ("keeps",), "SEEN": ("python", "appended", "killed"), "CHAIN": ("small",), "calls": ("closure",)}
"""What intake finds in these sources."""
Window = Callable[[str], Allocations]


@pytest.fixture(scope="module")
def stack(user_workspace: Workspace) -> Prepared:
    requirements = ("flask", "fastapi", "waitress", "uvicorn")
    wanted = Wanted(name="windows", requirements=requirements, python="3.11", wheels=(runtime_wheel(user_workspace),))
    return finished(prepared(wanted, user_workspace))


@pytest.fixture(scope="module")
def memray(user_workspace: Workspace) -> Path:
    folder, reason = finished(memray_folder("3.11", user_workspace))
    assert folder is not None, reason
    return folder


@contextlib.contextmanager
def serving(stack: Prepared, folder: Path, code: str, memray: Path | None) -> Iterator[Window]:
    """A started app, and a function that opens a window on one of its paths."""
    (folder / "app.py").write_text(code)
    launch = Launch(
        root=Path("/"),
        command=(str(stack.python), "-m", "jettison_server", "app:app"),
        workdir="/app",
        environment=(("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("PYTHONDONTWRITEBYTECODE", "1")),
        mounts=(Mount(source=folder, target="/app"),),
        installed=(stack.folder,),
    )
    sources = Sources(
        files={"/app/app.py": ("app.py", folder / "app.py")},
        filled=lambda names: tuple(
            f"app.py:{line_of(code, mark)}" for name in names[:1] for mark in FILLED.get(name, ())
        ),
    )
    with (
        equipped(launch, memray, "" if memray else "there is none") as desk,
        injected(desk.launch) as (with_agent, agents),
        running(with_agent) as service,
    ):

        def window(path: str) -> Allocations:
            get = code is FLASK
            headers = (("Content-Type", "application/json"),)
            request = Request(
                method="GET" if get else "POST", path=path, body="" if get else '{"text": "word"}', headers=headers
            )

            def send(count: int) -> None:
                for _ in range(count):
                    _, answer = service.ask(request)
                    assert answer.status == 200, service.messages()

            send(3)
            # Free lists hand a pair the memory of another part; a real window has a hundred requests in each part.
            requests = 240 if path == "/small" else 36
            work = allocations(
                agents, replace(desk, launch=with_agent), send, sources, requests=requests, native=path == "/native"
            )
            return finished(work)

        yield window


def line_of(code: str, mark: str) -> int:
    return next(number for number, line in enumerate(code.splitlines(), 1) if line.endswith(f"# {mark}"))


def test_the_right_line_comes_first_in_flask(stack: Prepared, memray: Path, tmp_path: Path) -> None:
    with serving(stack, tmp_path, FLASK, memray) as window:
        python, native, closure, small, apart, cache = map(
            window, ("/python", "/native", "/closure", "/small", "/apart", "/cache")
        )
    assert python.tracer.startswith("memray")
    first = python.sites[0]
    assert (first.place, first.function, first.accused) == (f"app.py:{line_of(FLASK, 'python')}", "python", True)
    assert 700 <= first.bytes_per_request <= 780
    assert first.doubled == pytest.approx(2, abs=0.2)
    assert (line_of(FLASK, "python"), "    SEEN.append(bytes(700))   # python") in first.source
    assert first.holder is not None
    assert (first.holder.name, first.holder.kind) == ("app.SEEN", "list")

    first = native.sites[0]
    assert (first.place, first.native) == (f"app.py:{line_of(FLASK, 'native')}", True)
    assert first.bytes_per_request == 3000
    assert first.holder is None

    first = closure.sites[0]
    assert first.holder is not None
    assert (first.holder.name, first.holder.names[0]) == ("app.closure.calls", "calls")
    assert first.accused
    assert first.place == f"app.py:{line_of(FLASK, 'closure')}"

    # A pair lies in memory that Python had already: some other line asked for it.
    assert small.sites[0].place == f"app.py:{line_of(FLASK, 'small')}"
    assert small.sites[0].accused

    first = apart.sites[0]
    assert (first.place, first.allocated_at) == tuple(
        f"app.py:{line_of(FLASK, mark)}" for mark in ("appended", "apart")
    )

    assert cache.accused == ()


def test_what_the_framework_made_is_blamed_on_the_line_that_keeps_it(
    stack: Prepared, memray: Path, tmp_path: Path
) -> None:
    with serving(stack, tmp_path, FASTAPI, memray) as window:
        keeps, clean = window("/keeps"), window("/clean")
    first = keeps.sites[0]
    assert first.place == f"app.py:{line_of(FASTAPI, 'keeps')}"
    assert first.accused
    assert first.holder is not None
    assert first.holder.name == "app.Store.items"
    assert clean.accused == ()


def test_a_killed_service_leaves_what_it_held(stack: Prepared, memray: Path, tmp_path: Path) -> None:
    with serving(stack, tmp_path, FLASK, memray) as window:
        found = window("/killed")
    assert found.died
    assert found.sites[0].place == f"app.py:{line_of(FLASK, 'killed')}"
    assert found.sites[0].bytes_per_request >= 700


def test_without_memray_tracemalloc_finds_python_s_own_and_says_what_it_does_not_see(
    stack: Prepared, tmp_path: Path
) -> None:
    with serving(stack, tmp_path, FLASK, None) as window:
        python = window("/python")
    first = python.sites[0]
    assert (python.tracer, first.place) == ("tracemalloc", f"app.py:{line_of(FLASK, 'python')}")
    assert first.accused
    assert first.holder is not None
    assert first.holder.name == "app.SEEN"
    assert python.notes == ("there is none: tracemalloc was used, which does not see memory of C code",)
