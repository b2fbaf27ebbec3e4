"""Are two answers the same? Status, content type, and the body: JSON by value, anything else to the letter.

Numbers with fractions are scores: they may differ by what the service's settings allow (`within`), by rounding else.

On the ground floor, for two rooms must agree to the letter: `measure` compares, and `report` compares again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jettison.records import Answer, Difference, Replay, Request

_RELATIVE = 1e-4
"""Two engines round scores differently in the fifth digit; more than that is a difference."""
_SMALLEST = 1e-7
_SHOWN = 300


def replay(
    candidate: str,
    requests: Sequence[Request],
    expected: Sequence[Answer],
    got: Sequence[Answer],
    otherwise: Mapping[int, Answer],
    *,
    within: float = 0.0,
) -> Replay:
    """Every answer of both sides, and in what they differ. ValueError when a side did not answer every request.

    `otherwise` is what the original answered another time, by the number of the request: those are not compared.
    """
    if not len(requests) == len(expected) == len(got):
        raise ValueError(f"{len(requests)} requests, {len(expected)} and {len(got)} answers to them")
    changed = {at: answer for at, answer in sorted(otherwise.items()) if not same(expected[at], answer, within)}
    stable = (at for at in range(len(requests)) if at not in changed)
    return Replay(
        candidate=candidate,
        requests=len(requests),
        differences=differences(stable, requests, expected, got, within),
        scores_within=within,
        unstable=tuple(changed),
        expected=tuple(expected),
        got=tuple(got),
        otherwise=tuple(changed.values()),
    )


def outputs(
    expected: Sequence[Answer], got: Sequence[Answer], unstable: Iterable[int], within: float = 0.0
) -> Iterator[str]:
    """Answers as texts to count changes in; one that a client could not tell from the original's, or that the
    original itself does not repeat, is written as the original's."""
    excused = frozenset(unstable)
    for index, (theirs, ours) in enumerate(zip(expected, got, strict=True)):
        kept = theirs if index in excused or same(theirs, ours, within) else ours
        yield f"{kept.status} {kept.body}"


def differences(
    indices: Iterable[int],
    requests: Sequence[Request],
    expected: Sequence[Answer],
    got: Sequence[Answer],
    within: float = 0.0,
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
        if not same(expected[index], got[index], within)
    )


def same(one: Answer, other: Answer, within: float = 0.0) -> bool:
    """Whether a client could not tell the answers apart; times and server names do not count.

    :param within: how far scores may lie apart.
    """
    if (one.status, one.content_type) != (other.status, other.content_type):
        return False
    if one.body == other.body:
        return True
    first, second = parsed(one), parsed(other)
    try:
        return first is not None and second is not None and _equal(first, second, within)
    except RecursionError:  # lists in lists without end, and not the same to the letter
        return False


def parsed(answer: Answer) -> Any:
    """The JSON value of the body; None when it is not JSON."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
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


def _equal(one: Any, other: Any, within: float) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key], within) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_equal(a, b, within) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=max(_SMALLEST, within)) or (
            math.isnan(one) and math.isnan(other)
        )
    return type(one) is type(other) and bool(one == other)


def _shown(answer: Answer) -> str:
    return _short(f"{answer.status} {answer.body.strip()}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
