"""One peer in its own process and environment.

``worker.py PEER convert CHECKPOINT INTO``, or ``worker.py PEER serve FOLDER THREADS``.
Serving talks in lines of JSON: a question {rows, source, new, beams, seed} in, {seconds, tokens, peak_bytes} out.
Standard library and numpy only: no peer's environment holds more of ours.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from .peers import Peer

_FIRST_ID, _LAST_ID = 3, 32_000


def serve(peer: Peer, folder: Path, threads: int, out: TextIO) -> None:
    """Load, say so, and answer until the questions end."""
    import numpy as np

    started = time.perf_counter()
    generate = peer.load(folder, threads)
    _say(out, seconds=time.perf_counter() - started, peak_bytes=_peak_bytes())
    for line in sys.stdin:
        asked = json.loads(line)
        rng = np.random.default_rng(asked["seed"])
        ids = rng.integers(_FIRST_ID, _LAST_ID, (asked["rows"], asked["source"])).astype(np.int64)
        started = time.perf_counter()
        tokens = generate(ids, asked["new"], asked["beams"])
        _say(out, seconds=time.perf_counter() - started, tokens=tokens, peak_bytes=_peak_bytes())


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _say(out: TextIO, **fields: Any) -> None:
    print(json.dumps(fields), file=out, flush=True)


def main(name: str, task: str, folder: str, argument: str) -> None:
    """Do the task of one peer."""
    # Libraries print what they like; the line of answers is kept apart.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    peer = cast("Peer", importlib.import_module(f"peers.{name}"))
    if task == "convert":
        started = time.perf_counter()
        peer.convert(Path(folder), Path(argument))
        _say(out, seconds=time.perf_counter() - started, peak_bytes=_peak_bytes())
    else:
        serve(peer, Path(folder), int(argument), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
