"""What stands behind an instruction's word: flags, then arguments in the form that the word takes.

Method: moby/buildkit, frontend/dockerfile/parser (``split_command``, ``line_parsers``).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from .instructions import Flag
from .lines import GO_SPACE

_SPACES = re.compile(r"[\t\v\f\r ]+")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""What no text can hold; Go reads it as the replacement character."""
_FLAG_SPACE = "\t\n\v\f\r "
"""BuildKit reads flags byte by byte, so only these end one."""

JSON_OR_TEXT = ("RUN", "CMD", "ENTRYPOINT", "SHELL")
JSON_OR_WORDS = ("ADD", "COPY", "VOLUME")
WORDS = ("EXPOSE", "FROM")
TEXT = ("MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR")
PAIRS = ("ENV", "LABEL")
KNOWN = (*JSON_OR_TEXT, *JSON_OR_WORDS, *WORDS, *TEXT, *PAIRS, "ARG", "HEALTHCHECK", "ONBUILD")


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The arguments of one instruction, as BuildKit's parser gives them."""

    values: tuple[str, ...]
    is_json: bool = False


def split(text: str, escape: str) -> tuple[str, tuple[Flag, ...], int]:
    """An instruction's word as written, its flags, and where its body begins in the text."""
    parts = _SPACES.split(text.strip(GO_SPACE), maxsplit=1)
    if len(parts) == 1:
        return parts[0], (), len(text)
    line = text.rstrip(GO_SPACE)
    flags, at = _flags(line, len(line) - len(parts[1]), escape)
    return parts[0], flags, at


def _flags(text: str, at: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    flags: list[Flag] = []
    while True:
        while at < len(text) and text[at] in _FLAG_SPACE:
            at += 1
        if not text.startswith("--", at):
            return tuple(flags), at
        start = at
        value, at = _flag_text(text, at, escape)
        if value == "--":
            return tuple(flags), len(text) - len(text[at:].lstrip(_FLAG_SPACE))
        flags.append(Flag(text=value, start=start, end=at))


def _flag_text(text: str, at: int, escape: str) -> tuple[str, int]:
    """One flag without its quotes and escapes, and where it ends."""
    made, quote = "", ""
    while at < len(text):
        here = text[at]
        if not quote and here in _FLAG_SPACE:
            break
        if here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote = here
        elif here == escape:
            at += 1
            if at == len(text):
                break
            made += text[at]
        else:
            made += here
        at += 1
    return made, at


def arguments(word: str, body: str, escape: str) -> Arguments:
    """The body taken apart in the way that the instruction's word asks for. ONBUILD is not for this function.

    :raises ValueError: a JSON form that holds something else than texts; ENV or LABEL without a value.
    """
    items = _json_items(body) if word in (*JSON_OR_TEXT, *JSON_OR_WORDS) else None
    if items is not None:
        return Arguments(values=items, is_json=True)
    if word == "HEALTHCHECK":
        return _health_check(body)
    return Arguments(values=_values(word, body, escape) if body else ())


def _values(word: str, body: str, escape: str) -> tuple[str, ...]:
    if word in JSON_OR_WORDS or word in WORDS:
        return tuple(_SPACES.split(body))
    if word in PAIRS:
        return _pairs(word, body, escape)
    return words(body, escape) if word == "ARG" else (body,)


def _json_items(body: str) -> tuple[str, ...] | None:
    """The texts of the JSON form; None when the body is no JSON list and so is taken as it stands."""
    if not body.startswith("["):
        return None
    try:
        items = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(item, str) for item in items):
        raise ValueError("the JSON form takes a list of texts and nothing else")
    return tuple(_LONE_SURROGATE.sub("\ufffd", item) for item in items)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def words(body: str, escape: str) -> tuple[str, ...]:
    """The body split at spaces outside quotes; quotes and escapes stay in the words."""
    found: list[str] = []
    word, quote, begun, at = "", "", False, 0
    while at < len(body):
        here = body[at]
        at += 1
        if not quote and here in GO_SPACE:
            if begun or word:
                found.append(word)
            word, begun = "", False
            continue
        if here == quote:
            quote = ""
        elif not quote and here in "'\"":
            quote, begun = here, True
        elif here == escape and quote != "'":
            if at == len(body):
                break
            word += here
            here = body[at]
            at += 1
        word += here
    return (*found, word) if begun or word else tuple(found)


def _pairs(word: str, body: str, escape: str) -> tuple[str, ...]:
    found = words(body, escape)
    if not found:
        return ()
    if "=" not in found[0]:  # the old form: everything behind the name is the value
        parts = _SPACES.split(body, maxsplit=1)
        if len(parts) < 2:
            raise ValueError(f"{word} takes a name and a value")
        return (parts[0], parts[1])
    made: list[str] = []
    for each in found:
        name, equals, value = each.partition("=")
        if not equals:
            raise ValueError(f"{word} takes name=value, and {each} has no =")
        made += [name, value]
    return tuple(made)


def _health_check(body: str) -> Arguments:
    kind = re.split(r"[\t\n\v\f\r \x85\xa0]", body, maxsplit=1)[0]
    if not kind:
        return Arguments(values=())
    rest = body[len(kind) :].lstrip(GO_SPACE)
    items = _json_items(rest)
    if items is not None:
        return Arguments(values=(kind, *items), is_json=True)
    return Arguments(values=(kind, rest) if rest else (kind,))
