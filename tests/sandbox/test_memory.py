"""Memory limits are the kernel's own: held to, told from a crash, and gone afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable
from jettison.sandbox import memory
from jettison.sandbox.memory import Ceiling, Group, held, parents

MB = 1_000_000


def group_or_skip() -> Group:
    try:
        return memory.place()
    except EnvironmentUnusable as cause:
        pytest.skip(cause.where)


def taking(megabytes: int, then: str = "") -> list[str]:
    return [sys.executable, "-I", "-c", f"kept = bytearray(b'a') * {megabytes * MB}; {then}"]


def test_what_takes_too_much_is_killed_and_a_crash_is_not_a_kill() -> None:
    group_or_skip()
    for megabytes, then, code, kills in ((200, "", -9, 1), (10, "raise SystemExit(7)", 7, 0)):
        with held(100 * MB) as group:
            assert isinstance(group, Group)
            done = subprocess.run(group.entered(taking(megabytes, then)), check=False)
            assert (done.returncode, group.kills()) == (code, kills)
            assert 10 * MB < group.peak_bytes() <= 100 * MB
        assert not group.folder.exists()


def test_the_peak_is_counted_afresh_and_files_are_told_apart(tmp_path: Path) -> None:
    group_or_skip()
    with held() as group:
        assert isinstance(group, Group)
        subprocess.run(group.entered(taking(60)), check=True)
        assert 60 * MB < group.peak_bytes() < 90 * MB
        if not group.restart_peak():
            pytest.skip("this kernel counts peaks from the beginning alone")
        writing = f"open({str(tmp_path / 'file')!r}, 'wb').write(bytes(40_000_000)); del kept"
        subprocess.run(group.entered(taking(1, writing)), check=True)
        assert group.file_bytes() > 39 * MB
        assert group.firm_bytes() < 10 * MB


KILLED = """
import subprocess, sys
from jettison.sandbox.memory import held
with held() as group:
    sleeper = subprocess.Popen(group.entered(["sleep", "600"]), start_new_session=True)
    print(group.folder, flush=True)
    sleeper.wait()
"""


@pytest.mark.parametrize(("number", "left"), [(signal.SIGINT, False), (signal.SIGKILL, True)])
def test_nothing_is_left_behind_and_what_a_killed_run_leaves_the_next_removes(
    number: signal.Signals, left: bool
) -> None:
    parent = group_or_skip()
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().decode().strip())
        until = time.monotonic() + 10
        while not (pids := Group(folder=folder, version=parent.version).pids()) and time.monotonic() < until:
            time.sleep(0.01)
        assert pids
        run.send_signal(number)
        run.wait()
    assert folder.exists() is left
    with held():
        assert not folder.exists()
    for pid in pids:
        assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]


def test_a_living_run_s_group_is_left_alone() -> None:
    group_or_skip()
    with held() as first, held() as second:
        assert isinstance(first, Group)
        assert isinstance(second, Group)
        assert first.folder.exists()


def test_version_2_as_its_files_are_written(tmp_path: Path) -> None:
    """No such kernel is here: a folder with the files of one, as the kernel's documentation has them."""
    top = tmp_path / "cgroup"
    own = top / "user.slice" / "own.scope"
    own.mkdir(parents=True)
    (tmp_path / "mountinfo").write_text(f"30 23 0:26 / {top} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n")
    (tmp_path / "own").write_text("0::/user.slice/own.scope\n")
    found = parents(tmp_path / "mountinfo", tmp_path / "own")
    assert [each.folder for each in found] == [top, own.parent, own]
    group = found[-1]
    for name, text in (
        ("memory.max", "max\n"),
        ("memory.swap.max", "max\n"),
        ("memory.current", "9000000\n"),
        ("memory.peak", "12000000\n"),
        ("memory.events", "low 0\nhigh 0\nmax 3\noom 2\noom_kill 1\noom_group_kill 0\n"),
        (
            "memory.stat",
            "anon 5000000\nfile 4000000\nshmem 1000000\ninactive_file 2000000\nworkingset_refault_file 7\n",
        ),
        ("cgroup.procs", "17\n0\n18\n"),
    ):
        (own / name).write_text(text)
    group.limit(64 * MB)
    assert [(own / name).read_text() for name in ("memory.max", "memory.swap.max")] == ["64000000", "0"]
    assert (group.firm_bytes(), group.file_bytes(), group.peak_bytes()) == (6 * MB, 3 * MB, 12 * MB)
    assert group.working_bytes() == 7 * MB
    assert (group.kills(), group.refaults(), group.pids()) == (1, 7, (17, 18))
    assert not group.restart_peak()
    assert group.name == "cgroup v2"


def test_a_container_s_own_group_is_its_top(tmp_path: Path) -> None:
    """The path is the one outside; the mount shows that group as the top."""
    top = tmp_path / "memory"
    top.mkdir()
    (tmp_path / "mountinfo").write_text(f"30 23 0:26 /docker/abc {top} ro - cgroup cgroup rw,memory\n")
    (tmp_path / "own").write_text("4:memory:/docker/abc\n3:cpu:/docker/abc\n")
    assert parents(tmp_path / "mountinfo", tmp_path / "own") == (Group(folder=top, version=1),)


def test_without_a_group_each_process_has_a_ceiling() -> None:
    ceiling = Ceiling(limit_bytes=100 * MB)
    done = subprocess.run(ceiling.entered(taking(200)), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "MemoryError" in done.stderr
    assert subprocess.run(ceiling.entered(taking(20)), check=False).returncode == 0
    assert Ceiling().entered(["true"]) == ["true"]
    assert ceiling.kills() == 0
