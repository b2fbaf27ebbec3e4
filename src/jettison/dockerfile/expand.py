"""Variables in a Dockerfile's words, replaced the way BuildKit's own lexer does it.

``$name``, ``${name}``, ``${name:-default}``, ``${name:+instead}``, ``${name:?message}`` (each also without the
colon), ``${name#prefix}``, ``##``, ``%``, ``%%``, ``${name/pattern/replacement}``, quotes, and the escape character.
Method: moby/buildkit, frontend/dockerfile/shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .lines import GO_SPACE

_SPECIAL_PARAMETERS = "@*#?-$!0"


class ExpansionError(ValueError):
    """A substitution that is malformed, or that its own ``?`` forbids."""


def expanded(word: str, variables: Mapping[str, str], *, escape: str = "\\", quotes: bool = True) -> str:
    """The word with variables replaced and quotes taken away; a variable that is not set becomes nothing.

    :param quotes: False in a heredoc, where quotes are ordinary characters.
    :raises ExpansionError: a quote or brace without its partner, an unknown modifier, ``${x:?}`` unset.
    """
    if not any(each in word for each in ("$", "'", '"', escape)):
        return word  # most words, by far
    return _run(_Lexer(word, variables, escape=escape, quotes=quotes)).text


def expanded_words(text: str, variables: Mapping[str, str], *, escape: str = "\\") -> tuple[str, ...]:
    """The same, split at spaces outside quotes after replacing.

    :raises ExpansionError: as for `expanded`.
    """
    return _run(_Lexer(text, variables, escape=escape)).words


def raw_words(text: str, *, keeps_quotes: bool = True) -> tuple[str, ...]:
    """The text split at spaces outside quotes, nothing replaced. Only a backslash escapes here, as in BuildKit's
    search for heredocs.

    :raises ExpansionError: a quote or brace without its partner, an unknown modifier.
    """
    lexer = _Lexer(text, {}, escape="\\", keeps_quotes=keeps_quotes, keeps_escapes=keeps_quotes, keeps_unset=True)
    return _run(lexer).words


def _run(lexer: _Lexer) -> _Made:
    try:
        return lexer.run()
    except RecursionError as cause:
        raise ExpansionError("braces are nested too deeply") from cause


@dataclass
class _Made:
    """Text as it grows, whole and as words."""

    _pieces: list[str] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _word: list[str] = field(default_factory=list)

    def add(self, more: str, *, splits: bool) -> None:
        self._pieces.append(more)
        for character in more:
            if splits and character in GO_SPACE:
                self._close_word()
            else:
                self._word.append(character)

    def _close_word(self) -> None:
        if self._word:
            self._words.append("".join(self._word))
            self._word.clear()

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def words(self) -> tuple[str, ...]:
        self._close_word()
        return tuple(self._words)


@dataclass
class _Lexer:
    source: str
    variables: Mapping[str, str]
    escape: str
    quotes: bool = True
    keeps_quotes: bool = False
    keeps_escapes: bool = False
    keeps_unset: bool = False
    at: int = 0

    def run(self) -> _Made:
        return self._until("", keeps_escapes=self.keeps_escapes)

    def _peek(self) -> str:
        return self.source[self.at : self.at + 1]

    def _take(self) -> str:
        taken = self._peek()
        self.at += 1
        return taken

    def _until(self, stop: str, *, keeps_escapes: bool) -> _Made:
        made = _Made()
        while here := self._peek():
            if here == stop:
                self.at += 1
                return made
            if here == "'" and self.quotes:
                made.add(self._single_quoted(), splits=False)
            elif here == '"' and self.quotes:
                made.add(self._double_quoted(keeps_escapes), splits=False)
            elif here == "$":
                made.add(self._dollar(), splits=True)
            elif here == self.escape:
                self.at += 1
                made.add((here if keeps_escapes else "") + self._take(), splits=False)
            else:
                made.add(self._take(), splits=True)
        if stop:
            raise ExpansionError(f"the closing {stop} is missing")
        return made

    def _single_quoted(self) -> str:
        end = self.source.find("'", self.at + 1)
        if end < 0:
            raise ExpansionError("a single quote without its partner")
        inside = self.source[self.at + 1 : end]
        self.at = end + 1
        return f"'{inside}'" if self.keeps_quotes else inside

    def _double_quoted(self, keeps_escapes: bool) -> str:
        quote = '"' if self.keeps_quotes else ""
        self.at += 1
        made = quote
        while here := self._peek():
            if here == '"':
                self.at += 1
                return made + quote
            if here == "$":
                made += self._dollar()
            elif here == self.escape:
                self.at += 1
                if (following := self._peek()) in ('"', "$", self.escape):
                    made += (here if keeps_escapes else "") + self._take()
                elif following:
                    made += here * (2 if keeps_escapes else 1)
            else:
                made += self._take()
        raise ExpansionError("a double quote without its partner")

    def _dollar(self) -> str:
        self.at += 1
        if self._peek() != "{":
            name = self._name()
            if name and name not in self.variables and self.keeps_unset:
                return "$" + name
            return self.variables.get(name, "") if name else "$"
        self.at += 1
        if self._peek() in ("", "{", "}", ":"):
            raise ExpansionError("an empty or unfinished ${}")
        name = self._name()
        modifier = self._take()
        if modifier == "}":
            unset = "${" + name + "}" if self.keeps_unset else ""
            return self.variables.get(name, unset)
        if modifier == "/":
            return self._replaced(name)
        if modifier == ":":
            modifier += self._take()
        return self._modified(name, modifier)

    def _modified(self, name: str, modifier: str) -> str:
        kind = modifier[-1:]
        if not kind or kind not in "+-?#%":
            raise ExpansionError(f"the modifier {modifier} is not known")
        word = self._until("}", keeps_escapes=kind in "#%").text
        value = self.variables.get(name)
        if value is None and self.keeps_unset:
            return "${" + name + modifier + word + "}"
        if kind in "#%":
            longest = word[:1] == kind
            return _trimmed(value or "", word[1:] if longest else word, from_end=kind == "%", longest=longest)
        is_set = value is not None and (value != "" or not modifier.startswith(":"))
        if kind == "+":
            return word if is_set else ""
        if is_set:
            return value or ""
        if kind == "?":
            raise ExpansionError(f"{name}: {word or 'must be set'}")
        return word

    def _replaced(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self.at += everywhere
        pattern = self._until("/", keeps_escapes=True).text
        replacement = self._until("}", keeps_escapes=True).text
        value = self.variables.get(name)
        if value is None:
            return "${" + name + "/" + pattern + "/" + replacement + "}" if self.keeps_unset else ""
        return re.sub(_regex(pattern, longest=True), lambda _: replacement, value, count=0 if everywhere else 1)

    def _name(self) -> str:
        match = re.compile(r"[0-9]+|[^\W\d]\w*").match(self.source, self.at)
        if match:
            self.at = match.end()
            return match[0]
        return self._take() if self._peek() and self._peek() in _SPECIAL_PARAMETERS else ""


def _trimmed(value: str, pattern: str, *, from_end: bool, longest: bool) -> str:
    whole = re.compile(_regex(pattern, longest=True), re.DOTALL)
    lengths = range(len(value), -1, -1) if longest else range(len(value) + 1)
    for length in lengths:
        part = value[len(value) - length :] if from_end else value[:length]
        if whole.fullmatch(part):
            return value[: len(value) - length] if from_end else value[length:]
    return value


def _regex(pattern: str, *, longest: bool) -> str:
    """A shell pattern of ``*`` and ``?`` (brackets mean themselves here) as a regular expression."""
    made, at = "", 0
    while at < len(pattern):
        here = pattern[at]
        if here == "\\" and at + 1 < len(pattern):
            at += 1
            made += re.escape(pattern[at])
        elif here == "*":
            made += ".*" if longest else ".*?"
        else:
            made += "." if here == "?" else re.escape(here)
        at += 1
    return made
