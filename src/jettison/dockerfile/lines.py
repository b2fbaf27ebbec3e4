"""Physical lines to logical ones: continuations joined, comments left out, directives obeyed.

The rules are those of BuildKit's parser (moby/buildkit, frontend/dockerfile/parser), quirks included: a build
must see the same instructions as we do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .instructions import Comment, Piece

GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go calls a space; Python's own idea also holds four control characters."""

LONGEST_LINE_BYTES = 65_535

_DIRECTIVE = re.compile(rf"#[{GO_SPACE}]*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*\Z")
_KNOWN_DIRECTIVES = ("syntax", "escape", "check")


class LineError(ValueError):
    """A line that breaks the rules; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, kw_only=True)
class Logical:
    """One instruction before it is taken apart."""

    text: str
    pieces: tuple[Piece, ...]
    start: int
    first_line: int


@dataclass
class LineReader:
    """Goes through a file once, line by line; what it saw on the way stays in its lists."""

    text: str
    line: int = 0
    """Lines read so far."""
    at: int = 0
    """Where the next line begins."""
    directives: list[tuple[str, str]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    _in_directives: bool = True

    def next_line(self) -> tuple[str, int] | None:
        """The next physical line with its ending, and where it begins; None at the end of the file."""
        if self.at >= len(self.text):
            return None
        start = self.at
        end = self.text.find("\n", start)
        self.at = len(self.text) if end < 0 else end + 1
        self.line += 1
        found = self.text[start : self.at]
        if len(found) > LONGEST_LINE_BYTES // 4 and len(found.encode("utf-8", "replace")) > LONGEST_LINE_BYTES:
            raise LineError(self.line, f"the line is longer than {LONGEST_LINE_BYTES} bytes")
        return found, start

    def logical_lines(self) -> Iterator[Logical]:
        """Every instruction's text. A caller that finds heredocs in one reads their lines before it goes on."""
        if self.text.startswith("\ufeff"):
            self.at = 1
        while (physical := self.next_line()) is not None:
            raw, start = physical
            bare = raw.rstrip("\r\n")
            line = bare.lstrip(GO_SPACE)
            at = start + len(bare) - len(line)
            self._obey_directive(line)
            if line.startswith("#"):
                self._keep_comment(line)
                continue
            line, continues = self._without_continuation(line)
            if not line and not continues:
                continue
            pieces = [Piece(at=0, source=at, length=len(line))]
            first_line = self.line
            while continues and (physical := self.next_line()) is not None:
                raw, at = physical
                more = raw.rstrip("\r\n")
                self._obey_directive(more)
                if more.lstrip(GO_SPACE).startswith("#"):
                    self._keep_comment(more.lstrip(GO_SPACE))
                elif more.strip(GO_SPACE):
                    more, continues = self._without_continuation(more)
                    pieces.append(Piece(at=len(line), source=at, length=len(more)))
                    line += more
            yield Logical(text=line, pieces=tuple(pieces), start=start, first_line=first_line)

    @property
    def escape(self) -> str:
        """The escape character, as far as the file was read."""
        return dict(self.directives).get("escape", "\\")

    def _keep_comment(self, line: str) -> None:
        self.comments.append(Comment(line=self.line, text=line[1:].strip()))

    def _without_continuation(self, line: str) -> tuple[str, bool]:
        """The line without the escape character at its end, and whether there was one (two in a row are none)."""
        bare = line.rstrip(" \t")
        if bare.endswith(self.escape) and not bare.endswith(self.escape * 2):
            return bare[:-1], True
        return line, False

    def _obey_directive(self, line: str) -> None:
        if not self._in_directives:
            return
        match = _DIRECTIVE.match(line)
        name = match[1].lower() if match else ""
        if not match or name not in _KNOWN_DIRECTIVES:
            self._in_directives = False
            return
        if name in dict(self.directives):
            raise LineError(self.line, f"the directive {name} stands there twice")
        if name == "escape" and match[2] not in ("\\", "`"):
            raise LineError(self.line, f"the escape directive takes a backslash or a backtick, not {match[2]}")
        self.directives.append((name, match[2]))
