"""What calibrating a model on many samples takes, and what a search that is killed leaves to be done."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jettison.replay.processes import peak_memory_bytes, tree

_LOOKED_SECONDS = 0.05
_JOB = "graph-"


@dataclass(kw_only=True)
class Watched:
    """One conversion in a process of its own, with all that it starts."""

    process: subprocess.Popen[str]
    peaks: dict[str, int] = field(default_factory=dict)
    """Job → the largest sum, over the program and its limited child, of each one's largest resident set (VmHWM)."""

    def until(self, seconds: float = float("inf")) -> int | None:
        """Its exit code once it ended; None when it has not after so long."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            name = _job(self.process.pid)
            self.peaks[name] = max(self.peaks.get(name, 0), peak_memory_bytes(self.process.pid))
            time.sleep(_LOOKED_SECONDS)
        return self.process.returncode

    def kill(self) -> bool:
        """With -9, it alone: its child ends by itself. Gives back whether it was still at work."""
        working = self.process.poll() is None
        self.process.kill()
        self.process.communicate()
        return working

    def said(self) -> str:
        """What it wrote, once it ended."""
        return self.process.communicate()[0]


def finished_jobs(cache: Path) -> dict[str, int]:
    """Folder of each finished job → when it was finished; a job that is done again gets another time."""
    return {str(each): each.stat().st_mtime_ns for each in cache.glob(f"{_JOB}*/*") if not each.name.startswith(".")}


def conversion(model: Path, data: Path, out: Path, cache: Path, *more: str) -> Watched:
    """``jettison convert`` to static 8 bits, begun.

    :param more: arguments.
    """
    command = [sys.executable, "-m", "jettison", "convert", str(model), "--data", str(data), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--form", "int8-static", "--json", *more],
        env={**os.environ, "JETTISON_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return Watched(process=process)


def _job(root: int) -> str:
    """What is being done, by the folder that the child writes to."""
    return next((name for pid in tree(root) for name in _named(pid)), "outside of any job")


def _named(pid: int) -> Iterator[str]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return
    for word in words:
        if word.endswith("/job/job.json"):
            yield Path(word).parent.parent.parent.name.removeprefix(_JOB)
