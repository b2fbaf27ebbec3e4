"""Records to JSON and back, the same for the cache, ``report.json`` and ``--json``."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_json(record: object, *, indent: int = 0) -> bytes:
    """A record as UTF-8 JSON with keys in the order of its fields; paths become strings."""
    packed = msgspec.json.encode(record, enc_hook=_plain)
    return msgspec.json.format(packed, indent=indent) if indent else packed


def to_plain(record: object) -> Any:
    """A record as dicts, lists, texts and numbers, for a document that holds more than the record. A text that is no
    UTF-8 goes through as well."""
    return msgspec.to_builtins(record, enc_hook=_plain)


def from_json(data: bytes, kind: type[T]) -> T:
    """The record of the given type; `msgspec.ValidationError` (a `ValueError`) names the first wrong field."""
    return msgspec.json.decode(data, type=kind, dec_hook=_from_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    raise NotImplementedError(f"no JSON form for {type(value).__name__}")


def _from_plain(kind: type, value: Any) -> Any:
    if issubclass(kind, PurePath):
        return Path(value)
    raise NotImplementedError(f"no way back from JSON to {kind.__name__}")
