"""Answers that differ, short enough to read: only the fields that differ, and in them only what changed is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..records import Difference
from .figures import visible

MOST_CHARACTERS = 160
"""Of one piece of text in a row; the middle of a longer one is left out, here and not in report.json."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One differing field of one answer: what both sides share around what they do not."""

    field: str
    """Of the JSON answer; empty when the answer is not a JSON object."""
    before: str
    expected: str
    got: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One difference as a reader sees it."""

    index: int
    request: str
    changes: tuple[Change, ...]


def shared_start(differences: Sequence[Difference]) -> str:
    """Method and path when all requests have the same: ``POST /pronounce``. Empty for fewer than two requests."""
    starts = {" ".join(one.request.split(" ", 2)[:2]) for one in differences}
    return starts.pop() if len(differences) > 1 and len(starts) == 1 else ""


def shown(difference: Difference, *, without: str = "") -> Shown:
    """A difference, its request less what all of them share."""
    return Shown(
        index=difference.index,
        request=visible(difference.request.removeprefix(without).strip(), MOST_CHARACTERS),
        changes=tuple(
            _change(field, expected, got) for field, expected, got in _fields(difference.expected, difference.got)
        ),
    )


def _fields(expected: str, got: str) -> Iterator[tuple[str, str, str]]:
    """The fields in which two JSON objects differ; both texts whole when they are something else.

    The status stands before each body; where both have the same one, the bodies are compared.
    """
    (status, body), (other_status, other_body) = _status(expected), _status(got)
    if status == other_status:
        expected, got = body, other_body
    one, other = _object(expected), _object(got)
    different = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    if not different:
        yield "", expected, got
    for name in different:
        yield visible(name, 60), _plain(one, name), _plain(other, name)


def _status(text: str) -> tuple[str, str]:
    status, blank, body = text.partition(" ")
    return (status, body) if blank and len(status) == 3 and status.isdecimal() else ("", text)


def _object(text: str) -> dict[str, object]:
    import msgspec

    try:
        found = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain(fields: dict[str, object], name: str) -> str:
    import msgspec

    value = fields.get(name)
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if name in fields else "nothing"


def _change(field: str, expected: str, got: str) -> Change:
    """Cut at the edges of words, so that what is marked can be read."""
    left, right = _words(expected), _words(got)
    start = _shared(left, right)
    end = _shared(left[start:][::-1], right[start:][::-1])

    def piece(words: Sequence[str]) -> str:
        return visible("".join(words), MOST_CHARACTERS)

    return Change(
        field=field,
        before=piece(left[:start]),
        expected=piece(left[start : len(left) - end]),
        got=piece(right[start : len(right) - end]),
        after=piece(left[len(left) - end :]),
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|[^\s]+", text)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items two sequences begin with in common."""
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def in_ranges(numbers: Sequence[int]) -> str:
    """``3, 7 to 12, 40``: rising numbers, runs of them joined."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(low) if low == high else f"{low} to {high}" for low, high in runs)
