"""Are two answers the same? Status, content type, and the body: JSON by value, anything else to the letter."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from jettison.records import Answer, Difference, Request

_RELATIVE = 1e-4
"""Two engines round scores differently in the fifth digit; more than that is a difference."""
_SHOWN = 300


def differences(
    indices: Iterable[int], requests: Sequence[Request], expected: Sequence[Answer], got: Sequence[Answer]
) -> tuple[Difference, ...]:
    """Every one of the numbered requests that the two sides answer differently."""
    return tuple(
        Difference(
            index=index,
            request=_short(f"{requests[index].method} {requests[index].path} {requests[index].body}".rstrip()),
            expected=_shown(expected[index]),
            got=_shown(got[index]),
        )
        for index in indices
        if not same(expected[index], got[index])
    )


def same(one: Answer, other: Answer) -> bool:
    """Whether a client could not tell the answers apart; times and server names do not count."""
    if (one.status, one.content_type) != (other.status, other.content_type):
        return False
    if one.body == other.body:
        return True
    first, second = parsed(one), parsed(other)
    return first is not None and second is not None and _equal(first, second)


def parsed(answer: Answer) -> Any:
    """The JSON value of the body; None when it is not JSON."""
    try:
        return json.loads(answer.body)
    except ValueError:
        return None


def field_of(answer: Answer, path: str) -> str:
    """The text at a dotted path of a JSON answer (``result.0.text``); empty when there is none."""
    value = parsed(answer)
    for step in path.split(".") if path else ():
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=1e-7) or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and bool(one == other)


def _shown(answer: Answer) -> str:
    return _short(f"{answer.status} {answer.body.strip()}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
