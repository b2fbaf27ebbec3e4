"""What a Dockerfile is made of, each thing with its place in the source text."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from ..records import Edit


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of source characters that stands unbroken in an instruction's text."""

    at: int
    """Where it begins in the instruction's text."""
    source: int
    """Where it begins in the file's text."""
    length: int


@dataclass(frozen=True, kw_only=True)
class Flag:
    """A flag in front of the arguments: ``--from=builder``."""

    text: str
    """With quotes and escapes taken away."""
    start: int
    """Where it begins in the instruction's text; `end` is one past its last character."""
    end: int

    @property
    def name(self) -> str:
        """``from``."""
        return self.text[2:].partition("=")[0]

    @property
    def value(self) -> str:
        """``builder``; empty for a flag without a value."""
        return self.text.partition("=")[2]


@dataclass(frozen=True, kw_only=True)
class Heredoc:
    """Lines that follow an instruction and belong to it."""

    name: str
    """The word that ends it."""
    expands: bool
    """Variables in it are replaced: its name was written without quotes."""
    strips_tabs: bool
    """Written with ``<<-``: leading tabs do not count."""
    content: str
    """As in the file, line endings included, without the closing line."""
    start: int
    """Where the content begins in the file's text."""

    @property
    def text(self) -> str:
        """The content as it is used: without leading tabs where ``<<-`` asks for that."""
        return re.sub(r"(?m)^\t+", "", self.content) if self.strips_tabs else self.content


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction. Lines count from 1, places count characters of the file's text from 0."""

    word: str
    """In capitals, whatever the file has: ``RUN``."""
    text: str
    """The whole instruction on one line: continuations joined, comments inside them left out, heredocs too."""
    flags: tuple[Flag, ...]
    body: str
    """What stands behind the word and the flags."""
    body_at: int
    """Where the body begins in `text`."""
    arguments: tuple[str, ...]
    """As BuildKit's parser gives them: the items of the JSON form, else whole text (RUN, CMD, WORKDIR …), words
    (COPY, FROM …) or names and values in turn (ENV, LABEL), variables and quotes not yet replaced."""
    is_json: bool
    heredocs: tuple[Heredoc, ...]
    pieces: tuple[Piece, ...]
    first_line: int
    last_line: int
    start: int
    end: int
    """One past the last character, line ending and heredocs included."""
    inner: Instruction | None = None
    """What an ONBUILD holds back."""

    def flag(self, name: str) -> str | None:
        """The value of the last flag of that name, None when there is none."""
        for flag in reversed(self.flags):
            if flag.name == name:
                return flag.value
        return None

    def source_at(self, at: int) -> int:
        """Where a character of `text` stands in the file's text."""
        return self.places()(at)

    def places(self) -> Callable[[int], int]:
        """`source_at` for many characters."""
        pieces = self.pieces
        if len(pieces) == 1:
            return (pieces[0].source - pieces[0].at).__add__
        starts = [piece.at for piece in pieces]
        shifts = [piece.source - piece.at for piece in pieces]
        return lambda at: at + shifts[max(bisect.bisect_right(starts, at) - 1, 0)]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names with their values, of ENV and LABEL."""
        return tuple(zip(self.arguments[::2], self.arguments[1::2], strict=True))


@dataclass(frozen=True, kw_only=True)
class Comment:
    """A comment line, also one inside an instruction."""

    line: int
    text: str
    """Without the ``#`` and the space around it."""


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """A Dockerfile as written. `data` gives back every byte that was read."""

    name: str
    """As messages call it."""
    text: str
    """The file, UTF-8; a byte that is none stands as a lone surrogate, so that nothing is lost."""
    directives: tuple[tuple[str, str], ...]
    """``syntax``, ``escape`` and ``check`` with their values."""
    instructions: tuple[Instruction, ...]
    comments: tuple[Comment, ...]

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return self.text.encode("utf-8", "surrogateescape")

    @property
    def escape(self) -> str:
        """The escape character: a backslash, or a backtick when the file asks for it."""
        return dict(self.directives).get("escape", "\\")

    @property
    def newline(self) -> str:
        """How its lines end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def line_at(self, place: int) -> int:
        """The line, from 1, on which a character of the file's text stands."""
        return bisect.bisect_right(self._line_starts, place)

    def edited_text(self, edits: Iterable[Edit]) -> str:
        """The file's text with the edits made; whatever they do not touch stays as it is.

        :raises ValueError: two edits overlap, or one reaches beyond the file.
        """
        return edited(self.text, edits)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with the edits made.

    :raises ValueError: two edits overlap, or one reaches beyond the text.
    """
    made: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not done <= edit.start <= edit.end <= len(text):
            raise ValueError(f"the edit at {edit.start} overlaps another one or leaves the file")
        made += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join(made) + text[done:]
