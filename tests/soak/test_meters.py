"""What a control group's own count says of the memory that cannot be taken back."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from jettison.replay.service import Running
from jettison.sandbox.memory import Group
from jettison.soak.meters import Meter

MB = 1_000_000


def test_files_that_were_read_after_the_peak_are_not_taken_off_it(tmp_path: Path) -> None:
    """Version 2 counts from the beginning alone; no such kernel is here: its files, as `test_memory` has them."""

    def has(*, used: int, files: int, peak: int) -> None:
        (tmp_path / "memory.current").write_text(f"{used * MB}\n")
        (tmp_path / "memory.stat").write_text(f"file {files * MB}\nshmem 0\n")
        (tmp_path / "memory.peak").write_text(f"{peak * MB}\n")

    has(used=60, files=10, peak=60)
    process = subprocess.Popen(["true"])
    process.wait()
    group = Group(folder=tmp_path, version=2)
    service = Running(process=process, port=1, log=tmp_path / "log", started=time.perf_counter(), memory=group)
    meter = Meter(service=service)
    meter.restart()
    has(used=100, files=10, peak=100)
    assert (meter.firm_bytes(), meter.peak_bytes()) == (90 * MB, 90 * MB)
    has(used=90, files=40, peak=100)
    assert (meter.firm_bytes(), meter.peak_bytes()) == (50 * MB, 90 * MB)
    has(used=60, files=5, peak=100)
    assert meter.peak_bytes() == 95 * MB
