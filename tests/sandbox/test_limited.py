"""A child with limits: whatever it does, this program lives on, and the host is as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from jettison.errors import EnvironmentUnusable
from jettison.records import Progress, finished
from jettison.sandbox import container
from jettison.sandbox.limited import Ended, Limits, ran

QUICK = Limits(seconds=5.0, memory_bytes=1 << 30, file_bytes=1 << 20)


def python(code: str, folder: Path, limits: Limits = QUICK, **facts: object) -> Ended:
    return finished(ran([sys.executable, "-I", "-c", code], writable=folder, limits=limits, **facts))  # type: ignore[arg-type]


def test_what_it_writes_and_says_is_kept(tmp_path: Path) -> None:
    ended = python("print('hello'); open('made', 'w').write('content')", tmp_path)
    assert ended.failure is None
    assert ended.output == "hello\n"
    assert (tmp_path / "made").read_text() == "content"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed (signal 11, SIGSEGV)"),
        ("import os; os.abort()", "crashed (signal 6, SIGABRT)"),
        ("x = bytearray(3 << 30)", "MemoryError"),
        ("open('large', 'wb').write(bytes(8 << 20))", "File too large"),
        ("import sys; sys.exit('no such thing')", "no such thing"),
        ("import sys; sys.exit(7)", "ended with code 7"),
    ],
)
def test_every_way_to_fail_is_told(code: str, words: str, tmp_path: Path) -> None:
    assert words in (python(code, tmp_path).failure or "")


def test_what_hangs_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    child = "import time\nwhile True:\n open('alive', 'a').write('x')\n time.sleep(0.05)"
    code = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\ntime.sleep(60)"
    ended = python(code, tmp_path, Limits(seconds=1.5))
    assert ended.timed_out
    assert "took too long" in (ended.failure or "")
    before = (tmp_path / "alive").stat().st_size
    assert python("import time; time.sleep(0.3)", tmp_path).failure is None
    assert (tmp_path / "alive").stat().st_size == before


def test_a_flood_of_messages_is_cut_and_its_end_kept(tmp_path: Path) -> None:
    ended = python("for _ in range(300_000): print('x' * 50)\nprint('the end')", tmp_path, Limits(seconds=30.0))
    assert ended.output.endswith("the end\n")
    assert len(ended.output) <= 1 << 16


def test_it_sees_no_network_and_cannot_change_the_host(tmp_path: Path) -> None:
    folder, beside = tmp_path / "folder", tmp_path / "beside"
    folder.mkdir()
    beside.write_text("as it was")
    places = ["/etc/made", "/usr/made", str(beside)]  # the last lies below /tmp, which is a world of its own inside
    code = (
        "import socket\n"
        f"for place in {places}:\n"
        "    try: open(place, 'w').write('changed')\n"
        "    except OSError: print('kept')\n"
        "print([name for _, name in socket.if_nameindex() if name != 'lo'])\n"
    )
    assert python(code, folder).output.splitlines()[-1] == "[]"
    assert not Path("/etc/made").exists()
    assert not Path("/usr/made").exists()
    assert beside.read_text() == "as it was"


def test_notes_are_progress(tmp_path: Path) -> None:
    code = "print('note: one'); print('else'); print('note: two')"
    assert list(ran([sys.executable, "-I", "-c", code], writable=tmp_path)) == [
        Progress(step="convert", note="one"),
        Progress(step="convert", note="two"),
    ]


def test_without_a_way_to_isolate_foreign_code_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise EnvironmentUnusable("no way", next_step="install one")

    monkeypatch.setattr(container, "runner", none)
    with pytest.raises(EnvironmentUnusable):
        python("open('made', 'w')", tmp_path)
    assert not (tmp_path / "made").exists()
    assert python("print('data only')", tmp_path, code_is_foreign=False).output == "data only\n"
