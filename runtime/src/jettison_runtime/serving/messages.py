"""What comes in, what goes out, and how a request is refused: plain values that know nothing of sockets."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

JSON = "application/json"
OCTETS = "application/octet-stream"
EVENTS = "text/event-stream"
_NUMPY = orjson.OPT_SERIALIZE_NUMPY
_VALUES, _KEYS = 400_000, 100_000
"""Of JSON in a body: as many take some 30 ms and 60 MB to read, whatever they are."""


_DIGITS = 18
"""Of a number in a header."""


@dataclass(kw_only=True, slots=True)  # of every request: frozen it takes three times as long to make
class Request:
    """One request whose body, if its route takes one, has been read whole."""

    method: str
    path: str
    parts: Mapping[str, str]
    """What the route's path leaves open: ``{"model": "iris"}``."""
    headers: Mapping[bytes, bytes]
    """By lower-case name; of several with one name, the last."""
    query: str
    body: bytes
    arrived: float
    """By the clock of `time.monotonic`, in seconds."""
    deadline: float
    """When nobody waits for the answer any more, by the same clock."""

    def header(self, name: str) -> str | None:
        """A header by its lower-case name."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1").strip()

    def json(self) -> Any:
        """The body as JSON; see `parsed`.

        :raises Refused: 400, with what is wrong and where; 413.
        """
        return parsed(self.body)


@dataclass(kw_only=True, slots=True)  # of every request: frozen it takes three times as long to make
class Response:
    """One answer."""

    body: bytes = b""
    status: int = 200
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    rest: AsyncGenerator[bytes, None] | None = None
    """What follows the body, as it is made; None: the body is all."""

    def fields(self) -> list[tuple[bytes, bytes]]:
        """The headers as they are sent."""
        found = [(b"content-type", self.media.encode())]
        if self.rest is None:
            found.append((b"content-length", b"%d" % len(self.body)))
        found += [(name.lower().encode(), value.encode("latin-1")) for name, value in self.headers]
        return found


class Refused(Exception):
    """A request gets no answer, and this is why: a status with one sentence.

    400 malformed, 404 no such model or path, 405 method, 408 too slow, 413 too large, 415 another type of content, 422
    well formed but not for this model, 429 and 503 not now (with Retry-After), 504 past its deadline.
    """

    def __init__(self, status: int, what: str, *, headers: tuple[tuple[str, str], ...] = (), reason: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.what = what
        self.headers = headers
        self.reason = reason
        """Why load was shed, as the metric has it: ``queue``, ``bytes``, ``age``, ``draining``, …"""

    def response(self) -> Response:
        """``{"error": …}``, as the protocol asks."""
        return Response(body=orjson.dumps({"error": self.what}), status=self.status, headers=self.headers)


def is_number(text: str) -> bool:
    """Whether a header is a whole number of a sane length, in the digits that `int` is meant to read."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def parsed(raw: bytes | memoryview) -> Any:
    """JSON: no NaN, no numbers past the ends, at most 1,024 levels.

    :raises Refused: 400, with what is wrong and where; 413 for so many values that reading them would hold up others.
    """
    if len(raw) > _VALUES:  # of fewer bytes there cannot be so many
        text = bytes(raw)
        if text.count(b",") + text.count(b"[") + text.count(b"{") > _VALUES or text.count(b":") > _KEYS:
            raise Refused(
                413, f"JSON of over {_VALUES:,} values or {_KEYS:,} keys: send tensors as bytes, files as files"
            )
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as cause:
        raise Refused(400, f"the body is not JSON: {cause}") from cause


def busy(what: str, *, reason: str, seconds: float = 1, status: int = 503) -> Refused:
    """Not now: the client may ask again after so many seconds."""
    wait = str(max(1, round(seconds)))
    return Refused(status, what, headers=(("Retry-After", wait),), reason=reason)


def json_response(value: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A value, numpy's arrays among it, as JSON."""
    return Response(body=orjson.dumps(value, option=_NUMPY), status=status, headers=headers)
