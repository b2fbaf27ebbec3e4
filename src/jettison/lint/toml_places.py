"""Where the keys and values of a TOML file stand, so that one of them can be changed and the rest stays as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+' r"|'''.*?'''+" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^\s,\]}#][^,\]}#\n]*")  # numbers, dates, booleans


@dataclass(frozen=True, kw_only=True)
class TomlValue:
    """A value with its place; of a string, quotes included."""

    start: int
    end: int
    text: str | None = None
    """Of a string; None for every other value."""
    items: tuple[TomlValue, ...] = ()
    """Of an array."""
    entries: tuple[TomlEntry, ...] = ()
    """Of an inline table."""


@dataclass(frozen=True, kw_only=True)
class TomlEntry:
    """One ``key = value`` with its place."""

    path: tuple[str, ...]
    """From the top of the file: the header's keys, then its own."""
    key_start: int
    key_end: int
    value: TomlValue

    def entry(self, *key: str) -> TomlValue | None:
        """A value of the inline table."""
        return next((each.value for each in self.value.entries if each.path == key), None)


@dataclass(frozen=True, kw_only=True)
class TomlHeader:
    """``[a.b]`` or ``[[a.b]]``, with its place."""

    path: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class TomlPlaces:
    """The entries of a file in their order."""

    headers: tuple[TomlHeader, ...] = ()
    entries: tuple[TomlEntry, ...] = ()

    @cached_property
    def by_path(self) -> dict[tuple[str, ...], TomlEntry]:
        """Entries by their path; of a table that stands in an array, the last one."""
        return {each.path: each for each in self.entries}

    def below(self, *table: str) -> Iterator[TomlEntry]:
        """Entries right inside a table."""
        return (each for each in self.entries if len(each.path) == len(table) + 1 and each.path[:-1] == table)

    def header(self, *path: str) -> TomlHeader | None:
        """The header of a table; None when it has none of its own."""
        return next((each for each in self.headers if each.path == path), None)


def table_at(content: Any, *keys: str) -> dict[str, Any]:
    """The table below these keys; an empty one when there is none."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content if isinstance(content, dict) else {}


def toml_places(text: str) -> TomlPlaces:
    """Where everything stands; nothing of a text that is no TOML, or that was not understood."""
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return TomlPlaces()
    try:
        return _Reader(text).read()
    except (_NotUnderstoodError, RecursionError):
        return TomlPlaces()


class _NotUnderstoodError(ValueError):
    pass


class _Reader:
    """Goes through a text that is known to be TOML, so it only needs to tell things apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 1 if text.startswith("\ufeff") else 0

    def read(self) -> TomlPlaces:
        headers: list[TomlHeader] = []
        entries: list[TomlEntry] = []
        table: tuple[str, ...] = ()
        while self._skip(_BLANK) < len(self.text):
            start = self.at
            brackets = 2 if self.text.startswith("[[", start) else int(self.text.startswith("[", start))
            if brackets:
                self.at += brackets
                table = self._key()
                self._expect("]" * brackets)
                headers.append(TomlHeader(path=table, start=start, end=self.at))
            else:
                entries.append(self._entry(table))
        return TomlPlaces(headers=tuple(headers), entries=tuple(entries))

    def _entry(self, table: tuple[str, ...]) -> TomlEntry:
        start = self.at
        key = self._key()
        end = len(self.text[: self.at].rstrip(" \t"))
        self._expect("=")
        self._skip(_SPACE)
        return TomlEntry(path=(*table, *key), key_start=start, key_end=end, value=self._value())

    def _key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            match = _STRING.match(self.text, self.at) or _BARE_KEY.match(self.text, self.at)
            if not match:
                raise _NotUnderstoodError
            parts.append(_plain(match[0]) if match[0][0] in "\"'" else match[0])
            self.at = match.end()
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def _value(self) -> TomlValue:
        start = self.at
        if match := _STRING.match(self.text, start):
            self.at = match.end()
            return TomlValue(start=start, end=self.at, text=_plain(match[0]))
        if self.text.startswith("[", start):
            return self._array(start)
        if self.text.startswith("{", start):
            return self._inline_table(start)
        match = _OTHER.match(self.text, start)
        if not match:
            raise _NotUnderstoodError
        self.at = start + len(match[0].rstrip())
        return TomlValue(start=start, end=self.at)

    def _array(self, start: int) -> TomlValue:
        items: list[TomlValue] = []
        self.at += 1
        while not self._closes("]"):
            items.append(self._value())
            if not self._closes("]", ahead=True):
                self._expect(",")
        return TomlValue(start=start, end=self.at, items=tuple(items))

    def _inline_table(self, start: int) -> TomlValue:
        entries: list[TomlEntry] = []
        self.at += 1
        while not self._closes("}"):
            entries.append(self._entry(()))
            if not self._closes("}", ahead=True):
                self._expect(",")
        return TomlValue(start=start, end=self.at, entries=tuple(entries))

    def _closes(self, bracket: str, *, ahead: bool = False) -> bool:
        self._skip(_BLANK)
        found = self.text.startswith(bracket, self.at)
        self.at += int(found and not ahead)
        return found

    def _skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.at

    def _expect(self, text: str) -> None:
        self._skip(_SPACE)
        if not self.text.startswith(text, self.at):
            raise _NotUnderstoodError
        self.at += len(text)


def _plain(written: str) -> str:
    """What a quoted string says."""
    return str(tomllib.loads(f"x = {written}")["x"])
