"""Small files of a project, read whole: text in whatever encoding, TOML, YAML."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

LARGEST_BYTES = 5_000_000
"""What is longer was not written by a person."""

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_at(path: Path, notes: list[str], name: str = "") -> str | None:
    """The text of a file: UTF-8, UTF-16 with its mark (``pip freeze >`` in PowerShell), else Latin-1.

    :param name: how a note calls it.
    :returns: None, with a note, when it cannot be opened or is too long; lines end in ``\\n``.
    """
    name = name or path.name
    try:
        if not path.is_file():
            notes.append(f"{name} is not a file")
            return None
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as cause:
        notes.append(f"{name} cannot be opened: {cause.strerror}")
        return None
    if len(data) > LARGEST_BYTES:
        notes.append(f"{name} is longer than {LARGEST_BYTES // 1_000_000} MB and was not read")
        return None
    return _decoded(data).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def toml_at(path: Path, notes: list[str], name: str = "") -> dict[str, Any]:
    """The table in a TOML file; empty, with a note, when there is none to read."""
    found = _parsed(path, notes, name, tomllib.loads)
    return found if isinstance(found, dict) else {}


def yaml_at(path: Path, notes: list[str], name: str = "") -> Any:
    """The value in a YAML file, made of plain types only; None, with a note, when there is none to read."""
    import yaml  # type: ignore[import-untyped]

    def loads(text: str) -> Any:
        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as cause:
            raise ValueError(" ".join(str(cause).split())) from cause

    return _parsed(path, notes, name, loads)


def _parsed(path: Path, notes: list[str], name: str, loads: Callable[[str], Any]) -> Any:
    text = text_at(path, notes, name)
    if text is None:
        return None
    try:
        return loads(text)
    except (ValueError, RecursionError) as cause:
        reason = "it is nested too deeply" if isinstance(cause, RecursionError) else str(cause)
        notes.append(f"{name or path.name} does not parse and was left out: {reason}")
        return None


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or of one text; whatever else stands there is left out."""
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def is_plain(text: str) -> bool:
    """Whether a file could have that name, and UTF-8 hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)


def tables(value: Any) -> tuple[dict[str, Any], ...]:
    """The tables of a list; whatever else stands there is left out."""
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table below these keys; empty when there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
