"""Calls that take less than handing them to the inference thread would: they are computed in the event loop itself.

To wake a thread, to let it have Python's lock and to be woken by it costs some 60 microseconds of CPU; a small network
on one row takes a few. Only what is known to be quick may stop everybody else for so long: graphs whose time follows
from the shapes of their inputs, and requests not much larger than the one that was measured when the server started.
"""

from __future__ import annotations

import math
import time

from .inference import AT_ONCE_SECONDS
from .operators import take_as_long_as_shapes_say
from .served import Served

_RUNS = 30


def seconds_a_value(served: Served) -> float:
    """What a call takes for each value of its inputs, measured on one row; infinite for one that is not quick."""
    if served.graph is None or not take_as_long_as_shapes_say(served.graph):
        return math.inf
    feed = served.probe(0)
    values = sum(array.size for array in feed.values())
    served.answers([feed], {})  # the first call of a graph is another one's
    taken: list[float] = []
    while values and len(taken) < _RUNS:
        started = time.perf_counter()
        served.answers([feed], {})
        taken.append(time.perf_counter() - started)
        if sum(taken) > _RUNS * AT_ONCE_SECONDS:
            break
    median = sorted(taken)[len(taken) // 2] if taken else math.inf
    return median / values if median <= AT_ONCE_SECONDS else math.inf
