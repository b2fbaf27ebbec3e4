"""The commands in a text that a shell runs.

Commands come in their order, each with the operator in front of it and the constructs around it, so that a reader can
tell ``a && b`` from ``if a; then b; fi``. What is not understood comes as one command that says so.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field

from .words import NotUnderstoodError, Operator, Word, tokens

_JOINS = ("&&", "||", ";", "&", "|", "|&", "\n")
_OPENS = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "{": "}"}
_GOES_ON = {"then": ("if",), "elif": ("if",), "else": ("if",), "do": ("while", "until", "for", "select")}


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """``> file``, ``2>&1``, ``<<EOF``."""

    operator: str
    """As written: ``2>&``."""
    target: Word


@dataclass(frozen=True, kw_only=True)
class Command:
    """One simple command, or something that was not understood. Places count characters of the file's text."""

    words: tuple[Word, ...]
    """The program and its arguments; empty for bare assignments and for what was not understood."""
    assignments: tuple[Word, ...] = ()
    """``NAME=value`` in front."""
    redirects: tuple[Redirect, ...] = ()
    after: str = ""
    """The operator between the command before and this one: ``&&``, ``||``, ``;``, ``|``, ``&``, a line's end."""
    inside: tuple[str, ...] = ()
    """The constructs around it, outermost first: ``(``, ``{``, ``if``, ``while``, ``until``, ``for``, ``function``,
    ``<<`` for a script that a heredoc gives to a shell."""
    understood: bool = True
    start: int
    end: int

    @property
    def name(self) -> str:
        """The program's file name, without its folder; empty when a variable decides."""
        return posixpath.basename(self.words[0].value or "") if self.words else ""

    @property
    def always(self) -> bool:
        """It runs whenever the text before it succeeds: no condition, loop or function is around it, no ``||`` before
        it."""
        return self.understood and self.after != "||" and not {*self.inside} - {"(", "{", "<<"}


def commands(text: str, place: Callable[[int], int] = lambda at: at) -> tuple[Command, ...]:
    """The commands of a shell text.

    :param place: from a place in the text to the place that commands and words shall carry.
    """
    if not text.strip():
        return ()
    try:
        return _Reader(tuple(tokens(text, place))).read()
    except (NotUnderstoodError, RecursionError):
        return (Command(words=(), understood=False, start=place(0), end=place(len(text) - 1) + 1),)


@dataclass
class _Reader:
    """Goes through the tokens once; `inside` is the stack of constructs that are open."""

    tokens: tuple[Word | Operator, ...]
    at: int = 0
    inside: list[str] = field(default_factory=list)
    after: str = ""
    found: list[Command] = field(default_factory=list)

    def read(self) -> tuple[Command, ...]:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, Operator):
                self._operator(token)
            elif not self._reserved(token):
                self._simple_command()
        if self.inside:
            raise NotUnderstoodError(f"{self.inside[-1]} stays open")
        return tuple(self.found)

    def _operator(self, token: Operator) -> None:
        if token.text in _JOINS:
            # A line's end behind && or | is only a break.
            if token.text != "\n" or self.after not in ("&&", "||", "|", "|&"):
                self.after = token.text
            self.at += 1
        elif token.text == "(":
            if self._operator_text(1) == "(":
                self._keep_whole(self._closing_arithmetic())
            else:
                self._open("(")
        elif token.text == ")":
            self._close("(")
        elif token.text[-1] in "<>&-|":
            self._simple_command()
        else:
            raise NotUnderstoodError(f"{token.text} stands where a command should")

    def _reserved(self, word: Word) -> bool:
        """Step over a reserved word; False for an ordinary one."""
        if word.text in _GOES_ON:
            if not self.inside or self.inside[-1] not in _GOES_ON[word.text]:
                raise NotUnderstoodError(f"{word.text} without its beginning")
            self.at, self.after = self.at + 1, ""
        elif word.text in ("for", "select"):
            self._open(word.text)
            while self.at < len(self.tokens) and self.tokens[self.at].text not in (";", "\n", "do"):
                self.at += 1
        elif word.text in _OPENS:
            self._open(word.text)
        elif word.text in _OPENS.values():
            self._close(*(opens for opens, closes in _OPENS.items() if closes == word.text))
        elif word.text in ("!", "time"):
            self.at += 1
        elif word.text == "case":
            self._keep_whole(self._closing_word("case", "esac"))
        elif word.text == "[[":
            self._keep_whole(self._closing_word("[[", "]]"))
        elif word.text == "function" or (self._operator_text(1) == "(" and self._operator_text(2) == ")"):
            self._function(word)
        else:
            return False
        return True

    def _function(self, word: Word) -> None:
        self.at += 2 if word.text == "function" else 1
        while self._operator_text(0) in ("(", ")", "\n"):
            self.at += 1
        if self.at >= len(self.tokens) or self.tokens[self.at].text != "{":
            raise NotUnderstoodError("a function without braces")
        self.inside.append("function")
        self._open("{")

    def _operator_text(self, ahead: int) -> str:
        """The operator at that distance; empty when there is a word or nothing."""
        token = self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None
        return token.text if isinstance(token, Operator) else ""

    def _open(self, construct: str) -> None:
        self.inside.append(construct)
        self.at, self.after = self.at + 1, ""

    def _close(self, *constructs: str) -> None:
        if not self.inside or self.inside[-1] not in constructs:
            raise NotUnderstoodError(f"{constructs[0]} is closed but was not open")
        closed = self.inside.pop()
        if closed == "{" and self.inside and self.inside[-1] == "function":
            self.inside.pop()
        self.at += 1
        self._redirects()

    def _closing_word(self, opens: str, closes: str) -> int:
        """The index of the word that ends a construct which starts here."""
        depth = 0
        for index in range(self.at, len(self.tokens)):
            token = self.tokens[index]
            if isinstance(token, Word) and token.text in (opens, closes):
                depth += 1 if token.text == opens else -1
                if depth == 0:
                    return index
        raise NotUnderstoodError(f"{opens} stays open")

    def _closing_arithmetic(self) -> int:
        depth = 0
        for index in range(self.at, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[index].text, 0)
            if depth == 0:
                return index
        raise NotUnderstoodError("(( stays open")

    def _keep_whole(self, last: int) -> None:
        """Keep the tokens up to that one as a command that is not understood."""
        start, end = self.tokens[self.at].start, self.tokens[last].end
        self.found.append(
            Command(words=(), after=self.after, inside=tuple(self.inside), understood=False, start=start, end=end)
        )
        self.at, self.after = last + 1, ""
        self._redirects()

    def _simple_command(self) -> None:
        first = self.at
        words: list[Word] = []
        assignments: list[Word] = []
        redirects: list[Redirect] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, Operator):
                made = self._redirects()
                if not made:
                    break
                redirects += made
                continue
            (words if words or not _is_assignment(token) else assignments).append(token)
            self.at += 1
        if self.at == first:
            raise NotUnderstoodError("no command where one should be")
        self.found.append(
            Command(
                words=tuple(words),
                assignments=tuple(assignments),
                redirects=tuple(redirects),
                after=self.after,
                inside=tuple(self.inside),
                start=self.tokens[first].start,
                end=self.tokens[self.at - 1].end,
            )
        )
        self.after = ""

    def _redirects(self) -> list[Redirect]:
        """Step over the redirections that stand here."""
        found: list[Redirect] = []
        while (operator := self._operator_text(0)) and (
            operator[-1] in "<>" or operator.endswith(("<&", ">&", "<<-", ">|"))
        ):
            target = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None
            if not isinstance(target, Word):
                raise NotUnderstoodError(f"{operator} without a target")
            found.append(Redirect(operator=operator, target=target))
            self.at += 2
        return found


def _is_assignment(word: Word) -> bool:
    name, equals, _ = word.text.partition("=")
    return bool(equals) and name.removesuffix("+").isidentifier()
