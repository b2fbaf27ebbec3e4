"""Inputs that grow, made from recorded requests: a text said again and again, a list with more rows, a longer query.

They are no real inputs, and need not be: what they cost in memory is what their size costs. Whether the service takes
them is for it to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jettison.records import Request, Way

from .endpoints import size_of

MOST_BYTES = 16 << 20
"""No larger body is made."""
_MOST_QUERY_BYTES = 6000
"""Servers take paths of 8 KB, some of them less."""
_RECORDED = 4
"""Rungs of a ladder that are recorded requests, from the smallest to the largest."""
_PACKED = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/_=\s-]{256,}", re.DOTALL)
"""A file as base64: said twice it is no file any more."""

Path = tuple[str | int, ...]
"""Where in a JSON document."""
Grown = Callable[[int], Request]
"""A request so many times as large."""


@dataclass(frozen=True, kw_only=True)
class Climb:
    """The requests of one ladder, ascending."""

    endpoint: str
    way: Way
    recorded: tuple[Request, ...]
    grown: Grown | None = None

    @property
    def of_bodies(self) -> bool:
        """Its sizes are those of bodies; else of paths, which no body limit holds."""
        return bool(self.recorded[-1].sent)

    def requests(self) -> Iterator[Request]:
        """First what was recorded, then twice, four times … the largest of it."""
        yield from self.recorded
        if self.grown is None:
            return
        most = _MOST_QUERY_BYTES if self.way == "longer query" else MOST_BYTES
        factor = 2
        while size_of(request := self.grown(factor)) <= most:
            yield request
            factor *= 2

    def largest(self, most_bytes: int) -> Request:
        """The largest request of at most that size; the smallest recorded one, where none is so small."""
        fitting = [request for request in self.recorded if size_of(request) <= most_bytes]
        if self.grown is None or size_of(self.recorded[-1]) > most_bytes:
            return (fitting or self.recorded)[-1 if fitting else 0]
        low, high = 1, 2
        while size_of(self.grown(high)) <= most_bytes:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if size_of(self.grown(middle)) <= most_bytes else (low, middle)
        return self.grown(low) if low > 1 else self.recorded[-1]


def climbs(endpoint: str, requests: Sequence[Request]) -> tuple[Climb, ...]:
    """Every way in which an endpoint's requests can be made larger; one without, when there is none.

    :param requests: recorded ones that it answers, at least one.
    """
    recorded = spread(requests, _RECORDED)
    found = tuple(
        Climb(endpoint=endpoint, way=way, recorded=recorded, grown=grown) for way, grown in _ways(recorded[-1])
    )
    return found or (Climb(endpoint=endpoint, way="recorded", recorded=recorded),)


def spread(requests: Sequence[Request], most: int) -> tuple[Request, ...]:
    """At most so many of them, of different sizes, from the smallest to the largest."""
    ordered = sorted(requests, key=size_of)
    places = (round((len(ordered) - 1) * part / (most - 1)) for part in range(most))
    return tuple({size_of(ordered[place]): ordered[place] for place in places}.values())


def rows(request: Request) -> int:
    """Elements of the longest list in the body; 1 where there is none."""
    document = _document(request)
    path = _longest(document, list)
    return max(1, len(_at(document, path))) if path is not None else 1


def _ways(request: Request) -> Iterator[tuple[Way, Grown]]:
    if request.data:  # a file said twice is no file any more
        return
    document = _document(request)
    if document is not None:
        if (text := _longest(document, str)) is not None and not _PACKED.fullmatch(_at(document, text)):
            yield "longer text", lambda times: _json(request, document, text, " ".join([_at(document, text)] * times))
        if (many := _longest(document, list)) is not None:
            yield "more rows", lambda times: _json(request, document, many, _at(document, many) * times)
    elif request.body:
        yield "longer text", lambda times: replace(request, body=" ".join([request.body] * times))
    elif queries := parse_qsl(request.path.partition("?")[2]):
        yield "longer query", lambda times: _longer_query(request, queries, times)


def _document(request: Request) -> Any:
    """The body as JSON; None when it is none."""
    try:
        return json.loads(request.body)
    except ValueError:
        return None


def _longest(value: Any, kind: type[str] | type[list[Any]], path: Path = ()) -> Path | None:
    """Where the longest of that kind is; of lists the outermost on the way counts, for its elements are the rows."""
    if isinstance(value, kind) and value:
        return path
    children: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        children = tuple(value.items())
    elif isinstance(value, list):
        children = tuple(enumerate(value))
    found = [deeper for name, child in children if (deeper := _longest(child, kind, (*path, name))) is not None]
    return max(found, key=lambda each: len(_at(value, each[len(path) :])), default=None)


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _json(request: Request, document: Any, path: Path, new: Any) -> Request:
    return replace(request, body=json.dumps(_with(document, path, new), ensure_ascii=False))


def _with(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    first, *rest = path
    copy = value.copy()
    copy[first] = _with(value[first], tuple(rest), new)
    return copy


def _longer_query(request: Request, queries: list[tuple[str, str]], times: int) -> Request:
    longest = max(range(len(queries)), key=lambda place: len(queries[place][1]))
    name, value = queries[longest]
    longer = [*queries[:longest], (name, " ".join([value] * times)), *queries[longest + 1 :]]
    return replace(request, path=f"{request.path.partition('?')[0]}?{urlencode(longer)}")
