"""Functions that another thread calls."""

from __future__ import annotations

from . import boxes, calls
from .frame import Frame
from .kinds import NOTHING, PLAIN, Box, Value


def call(given: calls.Given, frame: Frame) -> Value:
    """``Thread(target=f, args=(a, b), kwargs={…})``: calls ``f(a, b, …)``, and nobody sees what it gives."""
    packed = given.keywords["args"][1] if "args" in given.keywords else NOTHING
    options = (given.keywords["kwargs"],) if "kwargs" in given.keywords else ()
    keys = {key for kind in packed if isinstance(kind, Box) for key in frame.memory.keys("item", kind.site)}
    numbers = sorted(key for key in keys if isinstance(key, int))
    if len(packed) == 1 and len(numbers) == len(keys) and all(isinstance(kind, Box) for kind in packed):
        (box,) = packed
        assert isinstance(box, Box)
        values = tuple(frame.memory.item(box, number) for number in numbers)
        inner = calls.Given(given.node, places=(given.node,) * len(values), values=values, rest=options)
    else:
        inner = calls.Given(given.node, spread=boxes.elements(given.node, packed, frame), rest=options)
    for kind in given.keywords["target"][1]:
        calls.call(kind, inner, frame)
    return PLAIN
