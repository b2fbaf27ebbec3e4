"""What a field does not take, said by its name."""

from __future__ import annotations

from typing import Any

_SHOWN = 60


class Unfit(ValueError):
    """A field does not hold what it is for. The message begins with its name."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place


def shown(value: Any) -> str:
    """A value for a message: short, and printable."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and abs(value) >= 10**18:
        return "a number of many digits"
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
