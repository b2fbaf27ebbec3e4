"""Calls that take less than handing them to the inference thread would: they are computed in the event loop itself.

To wake a thread, to let it have Python's lock and to be woken by it costs some 60 microseconds of CPU; a small network
on one row takes a few. Only what is known to be quick may stop everybody else for so long: graphs without loops, whose
time depends on the shapes alone, and requests not much larger than the one that was measured when the server started.
"""

from __future__ import annotations

import math
import mmap
import time
from pathlib import Path

from .inference import TOO_LONG_SECONDS
from .served import Served

_RUNS = 30
_OP_TYPE = b'"%c%s'
"""Of a node in an ONNX file: field 4, a text, after its length. Source: onnx.proto, NodeProto."""
_LOOPS = tuple(
    _OP_TYPE % (len(name), name)
    for name in (b"Loop", b"Scan", b"BeamSearch", b"GreedySearch", b"Sampling", b"WhisperBeamSearch")
)
"""Operators that run as long as a number in their input says."""


def loops(graph: Path) -> bool:
    """Whether a graph holds an operator whose time depends on more than shapes; may say yes by mistake, never no."""
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        return any(raw.find(name) >= 0 for name in _LOOPS)


def seconds_a_value(served: Served) -> float:
    """What a call takes for each value of its inputs, measured on one row; infinite where that would say nothing.

    A row that is not quick is called once.
    """
    if served.graph is None or loops(served.graph):
        return math.inf
    feed = served.probe(0)
    taken = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        served.answers([feed], {})
        taken.append(time.perf_counter() - started)
        if taken[-1] > TOO_LONG_SECONDS:
            return math.inf
    return sorted(taken)[_RUNS // 2] / sum(array.size for array in feed.values())
