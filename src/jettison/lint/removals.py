"""Edits that take one thing out of a list of things, so that the list stays well formed and comments stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from ..dockerfile import Dockerfile, Instruction
from ..dockerfile.runs import RunLine
from ..records import Edit
from .found import without

_ENDS_LINE = re.compile(r"[ \t]*(#[^\r\n]*)?(\r?\n|\Z)")
_CONTINUES = re.compile(r"[ \t]*\\[ \t]*\r?\n")


_JOINED = re.compile(r"[\s\\]*&&[\s\\]*")


class Placed(Protocol):
    """Something with a place in a text."""

    @property
    def start(self) -> int:
        """Of its first character."""
        ...

    @property
    def end(self) -> int:
        """One past its last character."""
        ...


def line_removed(text: str, start: int, end: int) -> Edit:
    """Whole lines, with their line ending; of a last line without one, nothing before it."""
    start = text.rfind("\n", 0, start) + 1
    newline = text.find("\n", end)
    return Edit(start=start, end=len(text) if newline < 0 else newline + 1, replacement="")


def alone_on_its_lines(text: str, start: int, end: int) -> bool:
    """Nothing but space and a comment shares the lines."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return not before.strip() and _ENDS_LINE.match(text, end) is not None


def item_removed(text: str, items: Sequence[Placed], index: int, closed_at: int) -> Edit:
    """One item of a bracketed list with commas.

    :param closed_at: where the closing bracket stands.
    """
    item = items[index]
    comma = re.compile(r"\s*,").match(text, item.end)
    end = comma.end() if comma else item.end
    if alone_on_its_lines(text, item.start, end):
        return line_removed(text, item.start, end)
    if comma:
        following = items[index + 1].start if index + 1 < len(items) else closed_at
        gap = text[end:following]
        return Edit(start=item.start, end=following if not gap.strip() and "\n" not in gap else end, replacement="")
    if index:
        before = items[index - 1].end
        gap = text[before : item.start]
        return Edit(start=before if "#" not in gap else item.start, end=item.end, replacement="")
    return Edit(start=item.start, end=item.end, replacement="")


def word_removed(text: str, before: Placed, word: Placed) -> Edit | None:
    """A word of a shell command; None when a comment stands where the line would have to be joined.

    :param before: the word in front of it.
    """
    line_start = text.rfind("\n", 0, word.start) + 1
    continues = _CONTINUES.match(text, word.end)
    if continues and not text[line_start : word.start].strip():
        return Edit(start=line_start, end=continues.end(), replacement="")
    gap = text[before.end : word.start]
    if "#" in gap:
        return None
    return Edit(start=before.end, end=word.end, replacement="")


def command_removed(
    dockerfile: Dockerfile, instruction: Instruction, run: RunLine, runs: Sequence[RunLine]
) -> Edit | None:
    """One command of a RUN, or the RUN when it has no other; None when what is around it is not understood."""
    text, command = dockerfile.text, run.command
    at = next(index for index, each in enumerate(runs) if each is run)
    if command.inside or not run.always or any(text[each.start : each.end] != each.text for each in command.words):
        return None
    if len(runs) == 1:
        between = text[instruction.source_at(instruction.body_at) : command.start]
        return without(dockerfile, instruction) if not between.strip() else None
    before, after = runs[at - 1].command if at else None, runs[at + 1].command if at + 1 < len(runs) else None
    if before is not None and command.after == "&&" and _JOINED.fullmatch(text, before.end, command.start):
        return Edit(start=before.end, end=command.end, replacement="")
    if before is None and after is not None and _JOINED.fullmatch(text, command.end, after.start):
        return Edit(start=command.start, end=after.start, replacement="")
    return None
