"""The agent in real processes: what it answers, and that it leaves them as they were."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable, ServiceFailed
from jettison.soak import agent
from jettison.soak.agents import Agents

SOURCE = Path(agent.__file__)
TOLD = """
import sys
print('ready', flush=True)
for line in sys.stdin:
    exec(line)
    print('done', flush=True)
"""


@contextmanager
def process(folder: Path, code: str, **variables: str) -> Iterator[tuple[Agents, subprocess.Popen[str]]]:
    """A Python with the agent in it, which runs the code and then what its input says, a line each."""
    programs, sockets = folder / "programs", folder / "sockets"
    programs.mkdir()
    sockets.mkdir()
    shutil.copyfile(SOURCE, programs / "sitecustomize.py")
    started = subprocess.Popen(
        [sys.executable, "-c", f"{code}\n{TOLD}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": f"{programs}:{variables.pop('PYTHONPATH', '')}",
            "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
            agent.VARIABLE: str(sockets),
            **variables,
        },
    )
    try:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield Agents(sockets=sockets), started
    finally:
        assert started.stdin is not None
        started.stdin.close()
        started.wait(timeout=10)
        assert started.stdout is not None
        started.stdout.close()


def do(started: subprocess.Popen[str], line: str) -> None:
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(line + "\n")
    started.stdin.flush()
    assert started.stdout.readline() == "done\n"
    # The buffer for its next line is there before it waits for one: read earlier, a meter would be 8 kB short.
    while Path(f"/proc/{started.pid}/stat").read_text().rpartition(") ")[2][0] != "S":
        time.sleep(0.001)


def in_use(agents: Agents, pid: int) -> int:
    found = agents.ask(pid, "meter")
    assert found["missing"] == {}
    return int(found["heap"]) + int(found["blocks_bytes"])


KEEPING = """
import ctypes
c = ctypes.CDLL(None)
last, picture = None, None
def run(number):
    global last, picture
    if number == 0:
        bytes(100_000)
    if number == 1:
        last = (last, None)
    if number == 2:
        picture = bytes(100_000)
    if number == 3:
        c.malloc(20_000)  # a free piece of 16 B more would be given whole: of small ones there may be one
    if number == 4:
        picture = None
"""


def test_bytes_are_counted_exactly_in_both_allocators(tmp_path: Path) -> None:
    with process(tmp_path, KEEPING) as (agents, one):
        for _ in range(12):  # what is made once: the agent's own, the first call of a C function, odd free blocks
            do(one, "run(0)")
            do(one, "run(3)")
            in_use(agents, one.pid)
        before = in_use(agents, one.pid)
        assert in_use(agents, one.pid) == before  # reading leaves nothing behind
        do(one, "run(1)")
        assert in_use(agents, one.pid) - before == 64  # a pair, with the collector's header
        do(one, "run(2)")
        # 33 bytes before the content, 8 of the C allocator before that, rounded to 16.
        assert in_use(agents, one.pid) - before == 64 + 100_048
        do(one, "run(3)")
        assert in_use(agents, one.pid) - before == 64 + 100_048 + 20_016
        do(one, "run(4)")
        assert in_use(agents, one.pid) - before == 64 + 20_016


def test_without_pymalloc_the_c_allocator_s_meter_counts_all_of_it(tmp_path: Path) -> None:
    with process(tmp_path, "kept = []", PYTHONMALLOC="malloc") as (agents, one):
        for _ in range(3):
            do(one, "kept.clear()")
            before = in_use(agents, one.pid)
        assert agents.ask(one.pid, "meter")["blocks_bytes"] == 0
        do(one, "kept.extend(bytes(1_000) for _ in range(5_000))")
        # 33 bytes before the content, 8 of the C allocator, rounded to 16, and a pointer in the list; the interpreter's
        # own small objects come from the same allocator here, and what it frees meanwhile is not ours to know.
        assert in_use(agents, one.pid) - before == pytest.approx(5_000 * (1_056 + 8), rel=0.01)


def test_garbage_counts_only_where_the_app_has_switched_its_collection_off(tmp_path: Path) -> None:
    code = "import gc\nclass Ring:\n    def __init__(self): self.me, self.more = self, bytes(50_000)\n"
    with process(tmp_path, code) as (agents, one):
        for _ in range(3):
            do(one, "Ring(); gc.enable()")
        before = in_use(agents, one.pid)
        do(one, "Ring()")
        assert in_use(agents, one.pid) - before < 25_000
        do(one, "gc.disable(); Ring()")
        assert in_use(agents, one.pid) - before > 50_000
        agents.ask(one.pid, "trim")
        assert in_use(agents, one.pid) - before > 50_000
        assert agents.ask(one.pid, "meter")["collects"] is False


def test_a_forked_worker_has_an_agent_of_its_own_and_one_that_ended_is_left_out(tmp_path: Path) -> None:
    code = "import os, time\nchild = os.fork()\nif child == 0:\n    time.sleep(60)\n    os._exit(0)\n"
    with process(tmp_path, code) as (agents, one):
        until = time.monotonic() + 10
        while len(agents.pids()) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        found = agents.everyone("meter")
        (child,) = set(found) - {one.pid}
        assert found[child]["parent"] == one.pid
        do(one, "os.kill(child, 9); os.waitpid(child, 0)")
        assert set(agents.everyone("meter")) == {one.pid}
        with pytest.raises(ServiceFailed, match="gone"):
            agents.ask(child, "meter")


ORPHANED = """
import os, time
parent = os.fork()
if parent == 0:
    if os.fork() == 0:
        time.sleep(60)
    time.sleep(0.5)
    os._exit(0)
"""


PAST_PYTHON = """
import ctypes, os, time
if os.fork() == 0:
    if ctypes.PyDLL(None).fork() == 0:
        time.sleep(5)
    os._exit(0)
os.wait()
"""


def test_a_parent_that_ended_is_not_asked_though_its_child_lives(tmp_path: Path) -> None:
    with process(tmp_path, ORPHANED) as (agents, one):
        until = time.monotonic() + 10
        while len(agents.pids()) < 3 and time.monotonic() < until:
            time.sleep(0.02)
        (orphan,) = {pid for pid, found in agents.everyone("meter").items() if found["parent"] != one.pid} - {one.pid}
        do(one, "time.sleep(0.6)")  # not waited for: what is left of it has an id yet
        assert set(agents.everyone("meter")) == {one.pid, orphan}
        do(one, "os.waitpid(parent, 0)")
        assert set(agents.everyone("meter")) == {one.pid, orphan}
        until = time.monotonic() + 10
        while sockets(orphan) > 1 and time.monotonic() < until:  # the connection of the last answer
            time.sleep(0.02)
        left = sockets(orphan)
        os.kill(orphan, 9)
        assert left == 1  # its own: its parent's is closed


def sockets(pid: int) -> int:
    """Open ones, those for messages left out."""
    return sum(link.is_socket() for link in Path(f"/proc/{pid}/fd").iterdir() if int(link.name) > 2)


def test_a_socket_that_only_a_child_keeps_open_is_not_waited_for(tmp_path: Path) -> None:
    """Of a process that was forked past Python, which its agent does not hear of."""
    with process(tmp_path, PAST_PYTHON) as (agents, one):
        began = time.monotonic()
        assert len(list((tmp_path / "sockets").iterdir())) == 2
        for _ in range(12):  # more than the socket lets wait
            assert set(agents.everyone("meter")) == {one.pid}
        assert time.monotonic() - began < 4


def test_a_sitecustomize_of_the_services_own_runs_as_it_would_have(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins\nbuiltins.own = 'ran'\n")
    code = "assert own == 'ran'\nimport sys\nassert not [each for each in sys.path if each.endswith('programs')]\n"
    with process(tmp_path, code, PYTHONPATH=str(own)) as (agents, one):
        assert agents.pids() == (one.pid,)


def test_a_port_that_stands_in_the_code_becomes_the_one_that_was_chosen(tmp_path: Path) -> None:
    with process(tmp_path, "import socket", **{agent.PORTS: "5000:0"}) as (_, one):
        do(one, "s = socket.socket(); s.bind(('127.0.0.1', 5000)); assert s.getsockname()[1] != 5000; s.close()")
        do(one, "s = socket.socket(); s.bind(('127.0.0.1', 0)); number = s.getsockname()[1]; s.close()")
        do(one, "s = socket.socket(); s.bind(('127.0.0.1', number)); assert s.getsockname()[1] == number; s.close()")


def test_what_goes_wrong_in_there_is_told_to_the_one_who_asked(tmp_path: Path) -> None:
    with process(tmp_path, "") as (agents, one):
        with pytest.raises(EnvironmentUnusable, match="nonsense"):
            agents.ask(one.pid, "nonsense")
        assert agents.ask(one.pid, "trim") == {"trimmed": True}
        more = tmp_path / "more.py"
        more.write_text("def add(asked):\n    return {'sum': asked['a'] + asked['b']}\nCOMMANDS = {'add': add}\n")
        assert "add" in agents.ask(one.pid, "extend", file=str(more))["commands"]
        assert agents.ask(one.pid, "add", a=2, b=3) == {"sum": 5}


def test_it_is_written_in_the_python_of_old_services() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.12", "3.13", "3.14"])
def test_it_runs_on_other_pythons_that_are_here(tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = shutil.which(f"python{version}")
    if program is None or subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Python {version}")
    monkeypatch.setattr(sys, "executable", program)
    with process(tmp_path, "last = None") as (agents, one):
        do(one, "last = (last, None)")
        in_use(agents, agents.pids()[0])
        before = in_use(agents, agents.pids()[0])
        do(one, "last = (last, None)")
        assert in_use(agents, agents.pids()[0]) - before == 64
