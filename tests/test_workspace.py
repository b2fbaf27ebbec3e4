"""The cache and the outputs: whole or not at all, once however many ask, and never over the user's own files."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jettison.errors import OutOfSpace, OutputRefused
from jettison.records import Progress, Steps, finished
from jettison.workspace import Workspace, digest, output_folder, space_for, tree_digest, write_file


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    calls = []

    def make(into: Path) -> Steps[None]:
        calls.append(into)
        (into / "file").write_text("x")
        yield Progress(step="make")

    workspace = Workspace(root=tmp_path)
    first = finished(workspace.folder("kind", "key", make))
    second = finished(workspace.folder("kind", "key", make))
    assert first == second == tmp_path / "kind" / "key"
    assert len(calls) == 1


def test_a_failure_leaves_nothing_and_is_tried_again(tmp_path: Path) -> None:
    def fail(into: Path) -> Steps[None]:
        (into / "half").write_text("x")
        yield Progress(step="make")
        raise ValueError("no")

    workspace = Workspace(root=tmp_path)
    with pytest.raises(ValueError, match="no"):
        finished(workspace.folder("kind", "key", fail))
    assert list((tmp_path / "kind").iterdir()) == []


MAKER = """
import sys, time
from pathlib import Path
from jettison.records import Progress, finished
from jettison.workspace import Workspace, output_folder
def make(into):
    for number in range(40):
        (into / str(number)).write_text("x" * 1000)
        yield Progress(step="make")
        time.sleep(0.02)
root = Path(sys.argv[1])
path = finished(Workspace(root=root).folder("kind", "key", make))
with output_folder(root / "out") as out:
    for file in path.iterdir():
        (out / file.name).write_bytes(file.read_bytes())
        time.sleep(0.005)
"""


def test_killed_at_any_moment_it_holds_the_old_or_the_new(tmp_path: Path) -> None:
    """Ten processes killed at different moments, then one that ends: nothing half-made is ever under a final name."""
    for attempt in range(10):
        process = subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)])
        time.sleep(0.25 + 0.12 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for final in (tmp_path / "kind" / "key", tmp_path / "out"):
            assert not final.exists() or len([f for f in final.iterdir() if f.name.isdigit()]) == 40
    assert subprocess.run([sys.executable, "-c", MAKER, str(tmp_path)], check=False).returncode == 0
    assert len([file for file in (tmp_path / "out").iterdir() if file.name.isdigit()]) == 40
    assert not list((tmp_path / "kind").glob(".*"))


def test_two_processes_do_the_work_once(tmp_path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", MAKER, str(tmp_path)]) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert len(list((tmp_path / "kind" / "key").iterdir())) == 40


def test_an_older_output_is_replaced_and_the_user_s_own_folder_never(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("old", "new"):
        with output_folder(out) as folder:
            (folder / "file").write_text(content)
    assert (out / "file").read_text() == "new"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("ten years")
    with pytest.raises(OutputRefused), output_folder(mine) as folder:
        (folder / "file").write_text("x")
    assert [file.name for file in mine.iterdir()] == ["thesis.txt"]
    assert not list(tmp_path.glob(".*"))


def test_an_error_while_filling_keeps_the_old_output(tmp_path: Path) -> None:
    with output_folder(tmp_path / "out") as folder:
        (folder / "file").write_text("old")
    with pytest.raises(ValueError, match="stop"), output_folder(tmp_path / "out") as folder:
        (folder / "file").write_text("new")
        raise ValueError("stop")
    assert (tmp_path / "out" / "file").read_text() == "old"


def test_digests_depend_on_content_alone(tmp_path: Path) -> None:
    for name, umask in (("one", 0o022), ("two", 0o077)):
        before = os.umask(umask)
        write_file(tmp_path / name / "a" / "b", b"content")
        os.umask(before)
    os.utime(tmp_path / "two" / "a" / "b", (1, 1))
    assert tree_digest(tmp_path / "one") == tree_digest(tmp_path / "two")
    write_file(tmp_path / "two" / "a" / "b", b"contenT")
    assert tree_digest(tmp_path / "one") != tree_digest(tmp_path / "two")
    assert digest("ab", "c") != digest("a", "bc")


def test_a_full_disk_is_said_in_a_sentence() -> None:
    with pytest.raises(OutOfSpace, match="disk is full") as caught, space_for(Path("/somewhere")):
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/file")
    assert "jettison cache clear" in caught.value.next_step
    with pytest.raises(PermissionError), space_for(Path("/somewhere")):
        raise PermissionError(errno.EACCES, "no")


def test_a_scratch_folder_is_gone_at_the_end_and_one_of_a_killed_process_with_the_next(tmp_path: Path) -> None:
    made = "with scratch('t') as folder:\n print(folder, flush=True)\n time.sleep(60)"
    code = f"import time\nfrom jettison.workspace import scratch\n{made}"
    place = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=place, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        left = Path(holder.stdout.readline().strip())
        again = code.replace("time.sleep(60)", "pass")
        subprocess.run([sys.executable, "-c", again], env=place, check=True, capture_output=True)
        assert [each.name for each in tmp_path.iterdir()] == [left.name]  # a living one's stays
        holder.kill()
    subprocess.run([sys.executable, "-c", again], env=place, check=True, capture_output=True)
    assert not list(tmp_path.iterdir())
