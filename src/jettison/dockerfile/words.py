"""A shell text cut into words and operators, by the rules of POSIX sh (and the part of bash that people use).

Nothing is run and nothing is guessed: what a shell would work out only while running, such as ``$(…)``, stays in the
word as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .expand import ExpansionError, expanded

_OPERATOR = re.compile(r"&&|\|\||;;|;|\|&|\||&>>|&>|&|\n|\(|\)|\d*(?:>>|>\||>&|<&|<<<|<<-|<<|<>|<|>)")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])")
_CONTINUATION = re.compile(r"\\\r?\n")
_ENDS_WORD = " \t\r\n;&|<>()"
_PLAIN = re.compile(r"[^\s;&|<>()'\"\\$`=#][^ \t\r\n;&|<>()'\"\\$`=]*(?=[ \t\r\n;&|()]|\Z)")
"""A whole word without quotes, variables and assignments: most are."""
_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_TEXT = re.compile(r"[^ \t\r\n;&|<>()'\"\\$`=]+")
_QUOTED_TEXT = re.compile(r"[^\"\\$`]+")


class NotUnderstoodError(ValueError):
    """Something whose end cannot be found: an open quote, bracket or brace."""


@dataclass(frozen=True, kw_only=True)
class WordPart:
    """A stretch of a word that is of one kind."""

    kind: Literal["text", "variable", "opaque"]
    """``variable`` is a ``$name`` or ``${…}``; ``opaque`` is worked out only by a running shell."""
    text: str
    """Of a text, with quotes and escapes taken away; else as written."""
    quoted: bool


@dataclass(frozen=True, kw_only=True)
class Word:
    """One word of a shell command, with its place in the file's text."""

    text: str
    """As written."""
    start: int
    end: int
    parts: tuple[WordPart, ...]

    @property
    def value(self) -> str | None:
        """What the shell makes of it when no variable is in it; None when one is."""
        if len(self.parts) == 1:
            return self.parts[0].text if self.parts[0].kind == "text" else None
        return "".join(part.text for part in self.parts) if all(part.kind == "text" for part in self.parts) else None

    def fields(self, variables: Mapping[str, str]) -> tuple[str, ...] | None:
        """The words that it becomes with these variables (an unquoted one splits at spaces); None when some part of
        it is not known."""
        made: list[str] = [""]
        for part in self.parts:
            if part.kind == "text":
                made[-1] += part.text
                continue
            found = _replaced(part, variables)
            if found is None:
                return None
            pieces = [found] if part.quoted else found.split()
            made[-1] += pieces[0] if pieces else ""
            made += pieces[1:]
        return tuple(made) if any(made) or any(part.quoted for part in self.parts) else ()


@dataclass(frozen=True, kw_only=True)
class Operator:
    """Something between words: ``&&``, ``;``, a line's end, a bracket, ``2>``."""

    text: str
    start: int
    end: int


def tokens(text: str, place: Callable[[int], int] = lambda at: at) -> Iterator[Word | Operator]:
    """The words and operators of a shell text.

    :param place: from a place in the text to the place in the file that words and operators shall carry.
    :raises NotUnderstoodError: a quote, brace or bracket stays open.
    """
    at = 0
    heredocs: list[tuple[str, bool]] = []
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            word = plain[0]
            parts = (WordPart(kind="text", text=word, quoted=False),)
            yield Word(text=word, start=place(at), end=place(plain.end() - 1) + 1, parts=parts)
            at = plain.end()
        elif blank := _BLANK.match(text, at):
            at = blank.end()
        elif text[at] == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif (operator := _OPERATOR.match(text, at)) and not text.startswith(("<(", ">("), at):
            yield Operator(text=operator[0], start=place(at), end=place(operator.end() - 1) + 1)
            at = operator.end()
            if operator[0].endswith(("<<", "<<-")):
                heredocs.append(_heredoc_name(text, at, strips_tabs=operator[0].endswith("-")))
            if operator[0] == "\n" and heredocs:
                at, heredocs = _after_heredocs(text, at, heredocs), []
        else:
            pieces, end = _word(text, at)
            yield Word(text=text[at:end], start=place(at), end=place(end - 1) + 1, parts=tuple(pieces))
            at = end


def _heredoc_name(text: str, at: int, *, strips_tabs: bool) -> tuple[str, bool]:
    at += len(text[at:]) - len(text[at:].lstrip(" \t"))
    parts, _ = _word(text, at)
    return "".join(part.text for part in parts), strips_tabs


def _after_heredocs(text: str, at: int, heredocs: list[tuple[str, bool]]) -> int:
    """Where the text goes on behind the lines of its heredocs."""
    for name, strips_tabs in heredocs:
        closed = False
        while at < len(text) and not closed:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end].rstrip("\r")
            closed = (line.lstrip("\t") if strips_tabs else line) == name
            at = min(end + 1, len(text))
    return at


def _word(text: str, at: int) -> tuple[list[WordPart], int]:
    parts: list[WordPart] = []
    while at < len(text) and text[at] not in _ENDS_WORD:
        here = text[at]
        if here == "'":
            end = _find(text, "'", at + 1)
            parts.append(WordPart(kind="text", text=text[at + 1 : end], quoted=True))
            at = end + 1
        elif here == '"':
            inside, at = _double_quoted(text, at + 1)
            parts += inside or [WordPart(kind="text", text="", quoted=True)]
        elif here == "\\":
            skipped = _CONTINUATION.match(text, at)
            if not skipped:
                parts.append(WordPart(kind="text", text=text[at + 1 : at + 2], quoted=True))
            at = skipped.end() if skipped else min(at + 2, len(text))
        elif here in "$`":
            part, at = _dollar(text, at, quoted=False)
            parts.append(part)
        elif here == "=" and text.startswith("(", at + 1):  # bash: a list
            end = _closing(text, at + 2, ")")
            parts.append(WordPart(kind="opaque", text=text[at:end], quoted=False))
            at = end
        else:
            rest = _TEXT.match(text, at + 1)
            end = rest.end() if rest else at + 1
            parts.append(WordPart(kind="text", text=text[at:end], quoted=False))
            at = end
    if at < len(text) and not parts and text[at] in "<>":  # bash: <( … )
        end = _closing(text, at + 2, ")")
        return [WordPart(kind="opaque", text=text[at:end], quoted=False)], end
    return parts, at


def _double_quoted(text: str, at: int) -> tuple[list[WordPart], int]:
    parts: list[WordPart] = []
    literal = ""
    while not text.startswith('"', at):
        if at >= len(text):
            raise NotUnderstoodError("a double quote stays open")
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            literal += text[at + 1].replace("\n", "")
            at += 2
        elif text[at] in "$`":
            part, end = _dollar(text, at, quoted=True)
            parts += [WordPart(kind="text", text=literal, quoted=True)] * bool(literal)
            parts.append(part)
            literal, at = "", end
        else:
            plain = _QUOTED_TEXT.match(text, at)
            end = plain.end() if plain else at + 1
            literal += text[at:end]
            at = end
    parts += [WordPart(kind="text", text=literal, quoted=True)] * bool(literal)
    return parts, at + 1


def _dollar(text: str, at: int, *, quoted: bool) -> tuple[WordPart, int]:
    """A variable, a substitution, or a dollar that means itself."""
    kind: Literal["text", "variable", "opaque"] = "opaque"
    if text[at] == "`":
        end = _find(text, "`", at + 1) + 1
    elif text.startswith("$(", at):
        end = _closing(text, at + 2, ")")
    elif text.startswith("${", at):
        kind, end = "variable", _closing(text, at + 2, "}")
    elif not quoted and text.startswith("$'", at):
        end = _find(text, "'", at + 2) + 1
    elif name := _VARIABLE.match(text, at):
        kind, end = "variable", name.end()
    else:
        kind, end = "text", at + 1
    return WordPart(kind=kind, text=text[at:end], quoted=quoted), end


def _closing(text: str, at: int, bracket: str) -> int:
    """One past the bracket that closes what was opened before `at`; quotes and nested brackets are stepped over."""
    opening = {")": "(", "}": "{"}[bracket]
    depth = 1
    while at < len(text):
        here = text[at]
        if here == "\\":
            at += 2
            continue
        if here == "'":
            at = _find(text, "'", at + 1)
        elif here == '"':
            _, end = _double_quoted(text, at + 1)
            at = end - 1
        elif here in (bracket, opening):
            depth += 1 if here == opening else -1
            if depth == 0:
                return at + 1
        at += 1
    raise NotUnderstoodError(f"a bracket stays open: {bracket} is missing")


def _find(text: str, quote: str, at: int) -> int:
    end = text.find(quote, at)
    if end < 0:
        raise NotUnderstoodError(f"a quote stays open: {quote} is missing")
    return end


def _replaced(part: WordPart, variables: Mapping[str, str]) -> str | None:
    """What a variable gives; None when it is not set here and has no default, or is no plain variable."""
    match = re.match(r"\$\{?([A-Za-z_]\w*)(:?[-+=])?", part.text)
    if part.kind != "variable" or not match or (match[1] not in variables and not match[2]):
        return None
    try:
        # ${x:=y} also sets x, for words that come later; in this one it is what ${x:-y} is.
        return expanded(re.sub(r"^(\$\{\w+:?)=", r"\1-", part.text), variables)
    except ExpansionError:
        return None
