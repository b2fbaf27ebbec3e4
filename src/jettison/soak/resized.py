"""Requests of sizes that nobody recorded, made of one that was: texts and lists in its JSON body longer and shorter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from jettison.records import Request

_FACTORS = (2.0, 0.5, 3.0, 0.75, 5.0, 1.5, 0.25, 8.0, 4.0, 1.25, 6.0, 2.5)
"""In an order that does not rise: growth with the largest so far is told from growth with each."""
_LONGEST = 100_000


def resized(request: Request) -> Iterator[Request]:
    """The same request with what can be longer or shorter in it so; none when nothing can, or it is no JSON.

    Texts are repeated or cut; lists are, when all that is in them is of one type.
    """
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return
    seen = {len(request.body)}
    for factor in _FACTORS:
        text = json.dumps(_scaled(body, factor), ensure_ascii=False)
        if len(text) not in seen and len(text) <= _LONGEST:
            seen.add(len(text))
            yield replace(request, body=text)


def _scaled(value: Any, factor: float) -> Any:
    if isinstance(value, str):
        return _cut(value, factor)
    if isinstance(value, dict):
        return {name: _scaled(each, factor) for name, each in value.items()}
    if isinstance(value, list) and len({type(each) for each in value}) == 1:
        return _cut(value, factor)
    return value


def _cut(value: Any, factor: float) -> Any:
    """The first part of it, or it again and again, with its length times `factor`, at least 1."""
    wanted = max(1, round(len(value) * factor)) if value else 0
    return (value * (wanted // max(1, len(value)) + 1))[:wanted]
