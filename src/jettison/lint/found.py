"""What rules give, and how they say changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..dockerfile import Dockerfile, Instruction
from ..records import Change, Edit, FixClass, Saving


@dataclass(frozen=True, kw_only=True)
class Found:
    """A finding as a rule gives it; the room adds the rule's code, the line and its text."""

    file: str
    """Relative to the folder."""
    start: int
    """Place in the file's text; of a file as a whole, and of one that is not there, 0 with `end` 0."""
    end: int
    message: str
    advice: str = ""
    fix: FixClass = "suggest"
    changes: tuple[Change, ...] = ()
    saving: Saving | None = None


def replaced(file: str, start: int, end: int, replacement: str) -> Change:
    """The change of one stretch of a file."""
    return Change(file=file, edits=(Edit(start=start, end=end, replacement=replacement),))


def inserted(file: str, at: int, text: str) -> Change:
    """The change that puts text in at a place."""
    return replaced(file, at, at, text)


def changed(file: str, edits: Iterable[Edit]) -> Change:
    """Several stretches of one file."""
    return Change(file=file, edits=tuple(sorted(edits, key=lambda edit: (edit.start, edit.end))))


def without(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """The edit that takes a whole instruction away, its line ending and heredocs too."""
    return Edit(start=instruction.start, end=instruction.end, replacement="")


def text_of(dockerfile: Dockerfile, instruction: Instruction) -> str:
    """The instruction as it stands in the file, without its last line ending."""
    return dockerfile.text[instruction.start : instruction.end].rstrip("\r\n")
