"""Options put into a command that stands in a Dockerfile, in the shell's form and in JSON."""

from __future__ import annotations

import json

from ..dockerfile import Dockerfile, Instruction
from ..dockerfile.runs import RunLine
from ..records import Edit
from .builds import Build, Line


def option_behind(build: Build, line: Line, run: RunLine, word: str, option: str) -> Edit | None:
    """The edit that puts an option behind a command's word (``install``).

    None where the word has no place of its own: inside a script that ``sh -c`` gets, or behind a variable.
    """
    if line.instruction.is_json:
        return _in_list(build.dockerfile, line.instruction, word, option)
    found = next((each for each in run.command.words if each.value == word), None)
    if found is None or build.dockerfile.text[found.start : found.end] != word:
        return None
    return Edit(start=found.end, end=found.end, replacement=f" {option}")


def _in_list(dockerfile: Dockerfile, instruction: Instruction, item: str, more: str) -> Edit | None:
    written = json.dumps(item)
    if instruction.arguments.count(item) != 1 or instruction.body.count(written) != 1:
        return None
    place = instruction.source_at(instruction.body_at + instruction.body.index(written) + len(written) - 1) + 1
    if dockerfile.text[place - len(written) : place] != written:
        return None
    return Edit(start=place, end=place, replacement=f", {json.dumps(more)}")
