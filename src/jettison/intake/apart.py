"""Calibration, selection and verdict data share no input: what a model was tuned or chosen on cannot judge it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from ..errors import SettingsInvalid
from ..records import Request

_SHOWN = 5
_FILE_NAME = re.compile(rb'filename="[^"]*"')


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the sets."""

    name: str
    """``verdict``."""
    inputs: tuple[str, ...]
    """An item each, as `same_input` writes it."""
    places: tuple[str, ...]
    """``file:line`` of each."""


def same_input(request: Request) -> str:
    """A text that is equal for requests that ask the same: JSON by value, white space as a single blank, files by
    what is in them."""
    if request.data:
        content = hashlib.sha256(_FILE_NAME.sub(b"", request.data)).hexdigest()
        return json.dumps([request.method, request.path, content])
    try:
        body = _plain(json.loads(request.body))
    except (ValueError, RecursionError):
        body = _plain(request.body)
    return json.dumps([request.method, request.path, body], sort_keys=True)


def check_apart(parts: Sequence[Part]) -> None:
    """Every two of the sets share no input.

    :raises SettingsInvalid: they do; with the lines.
    """
    for one, other in combinations(parts, 2):
        places: dict[str, str] = {}
        for text, place in zip(other.inputs, other.places, strict=True):
            places.setdefault(text, place)
        shared = [
            f"{place} is {places[text]}" for text, place in zip(one.inputs, one.places, strict=True) if text in places
        ]
        if shared:
            some = f"{len(shared):,} of {len(one.inputs):,} items of the {one.name} data"
            what = f"every item of the {one.name} data is" if len(shared) == len(one.inputs) else f"{some} are"
            more = f", and {len(shared) - _SHOWN:,} more" if len(shared) > _SHOWN else ""
            raise SettingsInvalid(
                f"{what} in the {other.name} data too",
                where=", ".join(shared[:_SHOWN]) + more,
                next_step="take them out of one: what a model was tuned or chosen on cannot judge it",
            )


def repeats(part: Part, targets: Sequence[str]) -> tuple[frozenset[int], Iterator[str]]:
    """Which items say the same as an earlier one, and notes on what is there more than once.

    Twice the same question with the same answer is one piece of evidence, so those items do not count.
    """
    seen: dict[str, set[str]] = {}
    again: set[int] = set()
    for number, (text, target) in enumerate(zip(part.inputs, targets, strict=True)):
        before = seen.setdefault(text, set())
        if target in before:
            again.add(number)
        before.add(target)
    return frozenset(again), _notes(part, len(again), sum(len(each) > 1 for each in seen.values()))


def _notes(part: Part, again: int, contested: int) -> Iterator[str]:
    if again:
        yield f"{part.name} data: {again:,} of {len(part.inputs):,} lines repeat an earlier one; each counts once"
    if contested:
        yield f"{part.name} data: {contested:,} inputs have more than one right answer"


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
