"""Every runner of this machine: the same world inside, nothing of the host to be changed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from jettison.sandbox import bubblewrap, container, runc, user_namespace
from jettison.sandbox.container import Mount
from jettison.sandbox.isolation import Isolation, Runner

RUNNERS: list[Runner] = [bubblewrap, runc, user_namespace]
PATH = ("PATH", "/usr/bin:/bin")


def ran(runner: Runner, script: str, **world: object) -> subprocess.CompletedProcess[str]:
    isolation = Isolation(command=("/bin/sh", "-c", script), environment=(PATH, ("WORD", "hello there")), **world)  # type: ignore[arg-type]
    return subprocess.run(runner.argv(isolation), capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.NAME)
def test_this_machine_can_run_it(runner: Runner) -> None:
    assert container.refusal(runner) is None


@pytest.mark.parametrize("place", ["/app", "/usr/src/app", "/opt/deep/er"])
@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.NAME)
def test_on_the_host_s_files_a_folder_can_stand_anywhere(runner: Runner, place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content\n")
    done = ran(
        runner,
        "pwd; cat file; echo $WORD; touch made",
        root=Path("/"),
        workdir=place,
        mounts=(Mount(source=tmp_path, target=place, writable=True),),
    )
    assert done.stdout.splitlines() == [place, "content", "hello there"], done.stderr
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.NAME)
def test_a_read_only_mount_and_the_host_cannot_be_written(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content\n")
    mount = Mount(source=tmp_path, target="/app")
    done = ran(runner, "touch /app/new /etc/new 2>&1; echo end", root=Path("/"), workdir="/app", mounts=(mount,))
    assert done.stdout.count("Read-only") == 2
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.NAME)
def test_an_environment_below_tmp_is_seen_and_nothing_else_there(runner: Runner) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        (Path(folder) / "environment" / "bin").mkdir(parents=True)
        shutil.copy("/bin/cat", Path(folder) / "environment" / "bin" / "python")
        (Path(folder) / "environment" / "file").write_text("content\n")
        (Path(folder) / "secret").touch()
        program = f"{folder}/environment/bin/python"
        mounts = container.hidden(program, [Path(folder) / "environment"])
        done = ran(runner, f"{program} {folder}/environment/file; ls {folder}", root=Path("/"), mounts=mounts)
        assert done.stdout.split() == ["content", "environment"], done.stderr
        assert container.hidden("/bin/cat", [Path("/usr/lib")]) == ()


PARENT = """
import subprocess, sys, time
from pathlib import Path
from jettison.sandbox import {module} as runner
from jettison.sandbox.isolation import Isolation
script = "sleep {seconds} & echo up; sleep {seconds}"
world = Isolation(root=Path("/"), command=("/bin/sh", "-c", script), environment=(("PATH", "/usr/bin:/bin"),))
with subprocess.Popen(runner.argv(world), stdout=subprocess.PIPE, start_new_session=True, text=True) as service:
    print(service.stdout.readline(), flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.NAME)
def test_nothing_lives_on_when_the_program_is_killed(runner: Runner, tmp_path: Path) -> None:
    seconds = f"9{os.getpid()}.{RUNNERS.index(runner)}"  # told apart from every other sleeper
    code = PARENT.format(module=Path(str(vars(runner)["__file__"])).stem, seconds=seconds)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "up\n"
        assert len(sleepers(seconds)) >= 2
        program.kill()
    deadline = time.monotonic() + 10
    while (left := [*sleepers(seconds), *tmp_path.iterdir()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def sleepers(seconds: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if seconds in (line := path.read_text("utf-8", "replace")) and "Isolation" not in line:
                found.append(line)
    return found


def test_the_first_runner_that_works_is_taken() -> None:
    assert container.runner() is next(runner for runner in RUNNERS if container.refusal(runner) is None)
