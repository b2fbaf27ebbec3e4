"""Path patterns of Go: those of .dockerignore, and those that COPY takes.

Methods: moby/patternmatcher for ignore files, ``path/filepath.Match`` for COPY.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache


class PatternError(ValueError):
    """A pattern with an open bracket, or nothing behind its ``!``."""


_MOST_DOUBLE_STARS = 4


@lru_cache(maxsize=4096)
def ignore_regex(pattern: str) -> re.Pattern[str]:
    """A cleaned ignore pattern as a regular expression for whole paths: ``**`` crosses slashes, ``*`` and ``?`` do not.

    :raises PatternError: a bracket that does not close, or so many ``**`` that a match could take for ever.
    """
    pattern = re.sub(r"(?<=\*\*/)(\*\*/)+", "", pattern)
    if pattern.startswith("**") and not re.search(r"[*?\[\]\\/]", pattern[2:]):
        # Docker's matcher takes this shape for a plain suffix: **.pyc fits a.pyc, though **.py[co] does not.
        return re.compile(".*" + re.escape(pattern[2:]), re.DOTALL)
    parts = pattern.split("**")
    if len(parts) > _MOST_DOUBLE_STARS + 1:
        raise PatternError(f"{pattern} has more than {_MOST_DOUBLE_STARS} double stars")
    made = _segments(parts[0])
    for index, part in enumerate(parts[1:], start=2):
        is_end = index == len(parts) and part in ("", "/")
        made += ".*" if is_end else "(?:.*/)?" + _segments(part.removeprefix("/"))
    return _compiled(made, pattern)


@lru_cache(maxsize=4096)
def copy_regex(pattern: str) -> re.Pattern[str]:
    """A COPY pattern as a regular expression for whole paths; nothing crosses a slash.

    :raises PatternError: a bracket that does not close.
    """
    return _compiled(_segments(pattern), pattern)


def has_wildcards(path: str) -> bool:
    """Whether COPY takes the source for a pattern."""
    return any(character in path for character in "*?[")


def clean(path: str) -> str:
    """The shortest form of a path: Go's ``filepath.Clean`` (a leading double slash is one slash)."""
    return re.sub(r"\A//+", "/", posixpath.normpath(path)) if path else "."


def _segments(pattern: str) -> str:
    """Path segments with ``*``, ``?`` and brackets as a regular expression.

    What stands between two stars of a segment is taken where it first fits and never given back (as fnmatch of the
    standard library does it), so that no pattern takes more than a moment.
    """
    chunks, made, at = [""], "", 0
    while at <= len(pattern):
        here = pattern[at : at + 1]
        if here in ("", "/"):
            middle = "".join(f"(?>[^/]*?{chunk})" for chunk in chunks[1:-1] if chunk)
            made += chunks[0] + middle + ("[^/]*" + chunks[-1] if len(chunks) > 1 else "") + here
            chunks, at = [""], at + 1
        elif here == "*":
            chunks.append("")
            at += 1
        else:
            part, at = _one(pattern, at)
            chunks[-1] += part
    return made


def _one(pattern: str, at: int) -> tuple[str, int]:
    """One element of a segment as a regular expression, and where the next begins."""
    here = pattern[at]
    if here == "?":
        return "[^/]", at + 1
    if here == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if here == "[":
        return _bracket(pattern, at)
    return re.escape(here), at + 1


def _bracket(pattern: str, at: int) -> tuple[str, int]:
    negated = pattern.startswith("^", at + 1)
    at += 1 + negated
    inside = ""
    while not inside or not pattern.startswith("]", at):
        low, at = _in_bracket(pattern, at)
        inside += re.escape(low)
        if pattern.startswith("-", at) and not pattern.startswith("]", at + 1):
            high, at = _in_bracket(pattern, at + 1)
            inside += f"-{re.escape(high)}"
    return f"[{'^' if negated else ''}{inside}]", at + 1


def _in_bracket(pattern: str, at: int) -> tuple[str, int]:
    at += pattern.startswith("\\", at)
    if at >= len(pattern):
        raise PatternError(f"the bracket in {pattern} does not close")
    return pattern[at], at + 1


def _compiled(regex: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(regex, re.DOTALL)
    except re.error as cause:
        raise PatternError(f"{pattern} is no pattern: {cause.msg}") from cause
