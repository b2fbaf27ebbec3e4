"""What a field may hold: each kind says it once, and both the check and the OpenAPI document follow from it.

>>> Whole(1, 5).read("top_k", 9)
Traceback (most recent call last):
jettison_runtime.serving.asking.unfit.Unfit: top_k: a whole number from 1 to 5 is meant, not 9
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .unfit import Unfit, shown

Schema = dict[str, Any]

_LONGEST_NUMBER = 60


class Kind(Protocol):
    """What a field may hold."""

    def schema(self) -> Schema:
        """As JSON Schema 2020-12."""
        ...

    def read(self, place: str, value: Any) -> Any:
        """The value as Python has it.

        :param place: the field's name, for the message: ``texts[3]``.
        :raises Unfit: it is none.
        """
        ...

    def from_text(self, place: str, text: str) -> Any:
        """The value of a query parameter; see `read`."""
        ...


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds."""

    low: int
    high: int

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def read(self, place: str, value: Any) -> int:
        """See `Kind`; 3.0 is 3, as JSON Schema has it."""
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not self.low <= value <= self.high:
            raise Unfit(place, f"a whole number from {self.low} to {self.high} is meant, not {shown(value)}")
        return int(value)

    def from_text(self, place: str, text: str) -> int:
        """See `Kind`."""
        digits = text.removeprefix("-")
        # More than 18 digits are out of every bound, and int() takes its time over thousands.
        plain = digits.isascii() and digits.isdigit() and len(digits) <= 18
        return self.read(place, int(text) if plain else text)


@dataclass(frozen=True)
class Number:
    """A finite number between two bounds; `above`: the lower one itself is not meant."""

    low: float
    high: float
    above: bool = False

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"type": "number", "exclusiveMinimum" if self.above else "minimum": self.low, "maximum": self.high}

    def read(self, place: str, value: Any) -> float:
        """See `Kind`."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high or (self.above and value == self.low):
            least = f"above {self.low:g}, at most" if self.above else f"from {self.low:g} to"
            raise Unfit(place, f"a number {least} {self.high:g} is meant, not {shown(value)}")
        return float(value)

    def from_text(self, place: str, text: str) -> float:
        """See `Kind`."""
        try:
            value = float(text) if len(text) <= _LONGEST_NUMBER else math.nan
        except ValueError:
            value = math.nan
        return self.read(place, text if math.isnan(value) else value)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"type": "boolean"}

    def read(self, place: str, value: Any) -> bool:
        """See `Kind`."""
        if not isinstance(value, bool):
            raise Unfit(place, f"true or false is meant, not {shown(value)}")
        return value

    def from_text(self, place: str, text: str) -> bool:
        """See `Kind`."""
        return self.read(place, {"true": True, "false": False}.get(text, text))


@dataclass(frozen=True)
class Word:
    """One of some words."""

    words: Sequence[str]

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"type": "string", "enum": list(self.words)}

    def read(self, place: str, value: Any) -> str:
        """See `Kind`."""
        if not isinstance(value, str) or value not in self.words:
            raise Unfit(place, f"one of {', '.join(self.words)} is meant, not {shown(value)}")
        return value

    def from_text(self, place: str, text: str) -> str:
        """See `Kind`."""
        return self.read(place, text)


@dataclass(frozen=True)
class Text:
    """A text of so many characters."""

    longest: int
    shortest: int = 0
    containing: str = ""
    """What it has to hold somewhere: a mask."""

    def schema(self) -> Schema:
        """See `Kind`."""
        bounds: Schema = {"type": "string", "maxLength": self.longest}
        if self.shortest:
            bounds["minLength"] = self.shortest
        if self.containing:
            bounds["pattern"] = "".join(f"\\{each}" if not each.isalnum() else each for each in self.containing)
        return bounds

    def read(self, place: str, value: Any) -> str:
        """See `Kind`."""
        if not isinstance(value, str):
            raise Unfit(place, f"a text is meant, not {shown(value)}")
        if not self.shortest <= len(value) <= self.longest:
            least = f"from {self.shortest} to" if self.shortest else "at most"
            raise Unfit(place, f"{least} {self.longest:,} characters are meant, and these are {len(value):,}")
        try:
            value.encode()
        except UnicodeEncodeError as cause:
            raise Unfit(place, "half of a surrogate pair is no character") from cause
        if self.containing not in value:
            raise Unfit(place, f"there is no {self.containing} in it, which stands where a word is asked for")
        return value

    def from_text(self, place: str, text: str) -> str:
        """See `Kind`."""
        return self.read(place, text)

    def from_bytes(self, place: str, raw: bytes) -> str:
        """A text of a binary tensor.

        :raises Unfit: see `read`; or it is no UTF-8.
        """
        try:
            return self.read(place, raw.decode("utf-8"))
        except UnicodeDecodeError as cause:
            raise Unfit(place, f"a text is UTF-8, and this is none ({cause.reason})") from cause


@dataclass(frozen=True)
class Pair:
    """A text, or two that are judged together, as a list of two."""

    each: Text

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"anyOf": [self.each.schema(), Several(self.each, 2, least=2).schema()]}

    def read(self, place: str, value: Any) -> str | tuple[str, str]:
        """See `Kind`."""
        if isinstance(value, list):
            first, second = Several(self.each, 2, least=2).read(place, value)
            return first, second
        return self.each.read(place, value)

    def from_text(self, place: str, text: str) -> str:
        """See `Kind`: one text."""
        return self.each.from_text(place, text)


@dataclass(frozen=True)
class Base64:
    """Bytes of a file, in base64 (RFC 4648, with or without the head of a data URL)."""

    most_bytes: int
    media: str

    def schema(self) -> Schema:
        """See `Kind`."""
        return {
            "type": "string",
            "contentEncoding": "base64",
            "contentMediaType": self.media,
            "maxLength": 4 * math.ceil(self.most_bytes / 3) + 100,
            "minLength": 4,
        }

    def read(self, place: str, value: Any) -> bytes:
        """See `Kind`."""
        if not isinstance(value, str):
            raise Unfit(place, f"the file in base64 is meant, not {shown(value)}")
        body = value.partition(",")[2] if value.startswith("data:") else value
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as cause:
            raise Unfit(place, f"this is no base64 ({cause})") from cause
        return self.from_bytes(place, raw)

    def from_text(self, place: str, text: str) -> bytes:
        """See `Kind`."""
        return self.read(place, text)

    def from_bytes(self, place: str, raw: bytes) -> bytes:
        """The file itself.

        :raises Unfit: it is too large.
        """
        if len(raw) > self.most_bytes:
            raise Unfit(place, f"a file of at most {self.most_bytes:,} bytes is meant, and these are {len(raw):,}")
        return raw


@dataclass(frozen=True)
class Several:
    """A list of one kind."""

    each: Kind
    most: int
    least: int = 1

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"type": "array", "items": self.each.schema(), "minItems": self.least, "maxItems": self.most}

    def read(self, place: str, value: Any) -> list[Any]:
        """See `Kind`."""
        if not isinstance(value, list):
            raise Unfit(place, f"a list is meant, not {shown(value)}")
        if not self.least <= len(value) <= self.most:
            raise Unfit(place, f"a list of {self.least} to {self.most} is meant, and this one has {len(value):,}")
        return [self.each.read(f"{place}[{number}]", item) for number, item in enumerate(value)]

    def from_text(self, place: str, text: str) -> list[Any]:
        """See `Kind`: one."""
        return [self.each.from_text(place, text)]


@dataclass(frozen=True)
class OneOrSeveral:
    """One, or a list; always a list for whoever answers."""

    each: Kind
    most: int

    def schema(self) -> Schema:
        """See `Kind`."""
        return {"anyOf": [self.each.schema(), Several(self.each, self.most).schema()]}

    def read(self, place: str, value: Any) -> list[Any]:
        """See `Kind`."""
        if isinstance(value, list):
            return Several(self.each, self.most).read(place, value)
        return [self.each.read(place, value)]

    def from_text(self, place: str, text: str) -> list[Any]:
        """See `Kind`: one."""
        return [self.each.from_text(place, text)]
