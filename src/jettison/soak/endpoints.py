"""The recorded requests by endpoint: a mix to repeat, and the rest, which brings new sizes and new contents."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jettison.records import Request

from .resized import resized

_SEED = 20261128
_MIX = 8
"""Different requests that are repeated; what is left of a recording brings what is new."""
_FEWEST_SIZES = 4
"""Where a recording has fewer new sizes, some are made."""
_ROUTE = re.compile(r"""["'](/[^"'\s]*?[<{]\w[^"'\s]*)["']""")
_FIELD = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>|\{(\w+)(?::\w+)?\}")
_IDENTITY = re.compile(r"\d+|[0-9a-fA-F]{8,}|[0-9a-fA-F-]{32,36}")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Requests that one piece of the app's code answers, as far as their paths show it."""

    name: str
    """``POST /predict``; parts of the path that look like ids are ``{}``."""
    mix: tuple[Request, ...]
    """Of like size, to be repeated."""
    new_sizes: tuple[Request, ...] = ()
    """One for each size that the mix does not have, in an order that does not rise."""
    new_requests: tuple[Request, ...] = ()
    """Others, of sizes that are in the mix or in `new_sizes`."""
    made: int = 0
    """Of `new_sizes`, how many at its end nobody recorded."""


def endpoints(requests: Sequence[Request], sources: Iterable[str] = ()) -> tuple[Endpoint, ...]:
    """The recorded requests by method and path, those with the most requests first.

    :param sources: Python code of the app: the routes that it writes, ``"/words/<word>"``, tell which paths are one.
    """
    routes = tuple(dict.fromkeys(found for text in sources for found in _ROUTE.findall(text)))
    found: dict[str, dict[Request, None]] = {}
    for request in requests:
        found.setdefault(_name(request, routes), {})[request] = None
    made = [_endpoint(name, tuple(same)) for name, same in found.items()]
    return tuple(sorted(made, key=lambda each: -len(found[each.name])))


def _name(request: Request, routes: Sequence[str]) -> str:
    path = request.path.partition("?")[0]
    for route in routes:
        # What stands before a route, a blueprint's prefix say, is written elsewhere.
        if match := re.fullmatch(rf"((?:/[^/]+)*?){_pattern(route)}/?", path):
            return f"{request.method} {match[1]}{_FIELD.sub(_field, route)}"
    parts = ("{}" if _IDENTITY.fullmatch(part) else part for part in path.split("/"))
    return f"{request.method} {'/'.join(parts)}"


def _pattern(route: str) -> str:
    """A route as a regular expression."""
    fixed = _FIELD.split(route)[:: _FIELD.groups + 1]
    fields = [".+" if "path" in match[0] else "[^/]+" for match in _FIELD.finditer(route)]
    return "".join(re.escape(text) + field for text, field in zip(fixed, [*fields, ""], strict=True))


def _field(match: re.Match[str]) -> str:
    """``<int:number>`` and ``{number:int}`` as ``{number}``."""
    return f"{{{match[1] or match[2]}}}"


def size_of(request: Request) -> int:
    """Bytes of the body, or of the path where there is none."""
    return len(request.sent) or len(request.path.encode())


def _endpoint(name: str, requests: tuple[Request, ...]) -> Endpoint:
    """The mix is of the middle sizes: so there are smaller and larger ones that it does not have."""
    ordered = sorted(requests, key=size_of)
    start = max(0, (len(ordered) - _MIX) // 2)
    mix = ordered[start : start + _MIX]
    rest = [*ordered[:start], *ordered[start + _MIX :]]
    random.Random(_SEED).shuffle(rest)  # noqa: S311  (an order, not a secret)
    seen = {size_of(request) for request in mix}
    first: list[Request] = []
    later: list[Request] = []
    for request in rest:
        (later if size_of(request) in seen else first).append(request)
        seen.add(size_of(request))
    made = tuple(resized(mix[len(mix) // 2])) if len(first) < _FEWEST_SIZES else ()
    return Endpoint(name=name, mix=tuple(mix), new_sizes=(*first, *made), new_requests=tuple(later), made=len(made))
