"""One peer in its own process and environment.

``worker.py PEER convert SOURCE INTO``, or ``worker.py PEER serve FOLDER THREADS``, with a shelf's folder on the path.
Serving talks in lines of JSON: a question in, {seconds, peak_bytes, …} out; what a question means and what an answer
says is the shelf's own `asking`. Standard library and numpy only: no peer's environment holds more of ours.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO


def serve(peer: Any, folder: Path, threads: int, out: TextIO) -> None:
    """Load, say so, and answer until the questions end."""
    asking = importlib.import_module("asking")
    started = time.perf_counter()
    answered = peer.load(folder, threads)
    _say(out, seconds=time.perf_counter() - started, peak_bytes=_peak_bytes())
    for line in sys.stdin:
        given = asking.given(json.loads(line))
        started = time.perf_counter()
        answer = answered(*given)
        _say(out, seconds=time.perf_counter() - started, peak_bytes=_peak_bytes(), **asking.said(answer))


def _peak_bytes() -> int:
    """Of this program: the kernel's ``ru_maxrss`` would count what the process that started it held, too."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


def _say(out: TextIO, **fields: Any) -> None:
    print(json.dumps(fields), file=out, flush=True)


def main(name: str, task: str, folder: str, argument: str) -> None:
    """Do the task of one peer."""
    # Libraries print what they like; the line of answers is kept apart.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = importlib.import_module(f"peers.{name}")
    if task == "convert":
        started = time.perf_counter()
        peer.convert(Path(folder), Path(argument))
        _say(out, seconds=time.perf_counter() - started, peak_bytes=_peak_bytes())
    else:
        serve(peer, Path(folder), int(argument), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
