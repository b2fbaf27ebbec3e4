"""Several RUN lines as one that does the same.

Each RUN is a shell of its own, and one that fails ends the build. So texts are joined with ``&&``. One in which a
command may run behind a failed one (``;``, ``||``) gets braces when something stands in front of it; one that leaves
another folder or other variables behind gets parentheses when something follows it. ``set -e`` has no force left of
``&&``; where that would change anything the lines are not joined.

What is written stays: lines, comments, line endings and the escape character. JSON form, heredocs, ONBUILD, other
mounts, another shell than a POSIX one, a command in the background, and what is not understood are refused with the
reason.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..dockerfile import Dockerfile, Instruction
from ..dockerfile.shell import SHELLS, run_commands
from ..records import Edit
from .builds import Build, Line
from .scripts import Script, script
from .silence import asks_for_silence

_INDENT = "    "


@dataclass(frozen=True, kw_only=True)
class Joining:
    """The edits that make one RUN of several, or why there are none."""

    edits: tuple[Edit, ...] = ()
    refused: str = ""
    """The reason, as the end of a sentence; empty when they can be joined."""


def neighbours(build: Build) -> tuple[tuple[Line, ...], ...]:
    """RUN lines with nothing but comments between them, at least two each time."""
    groups: list[list[Line]] = [[]]
    previous: Line | None = None
    for line in build.lines:
        if line.word != "RUN" or previous is None or previous.stage != line.stage or previous.word != "RUN":
            groups.append([])
        if line.word == "RUN":
            groups[-1].append(line)
        previous = line
    return tuple(tuple(group) for group in groups if len(group) > 1)


def run_lines_between(build: Build, first: Line, last: Line) -> tuple[Line, ...]:
    """The RUN lines from one to another, both with them; none when anything else than comments stands between."""
    for group in neighbours(build):
        if first in group and last in group:
            return group[group.index(first) : group.index(last) + 1]
    return ()


def joined(dockerfile: Dockerfile, lines: Sequence[Line]) -> Joining:
    """One RUN of several that follow each other.

    :param lines: in their order, as `neighbours` gives them: nothing but comments stands between them.
    """
    texts: list[Script] = []
    for line in lines:
        reason = _refusal(lines[0], line)
        found = script(line.instruction.body) if not reason else None
        if found is None:
            return Joining(refused=reason or f"the shell text of line {line.instruction.first_line} is not plain")
        texts.append(found)
    for one, other in pairwise(lines):
        between = dockerfile.text[_end(one.instruction) : _body_start(other.instruction)]
        if asks_for_silence(between) or _has_comment(dockerfile, other.instruction):
            return Joining(refused=f"a comment belongs to line {other.instruction.first_line} alone")
    wraps = _wraps(texts, stops=_stops(lines[0].scope.shell))
    if wraps is None:
        return Joining(refused="set -e would not hold any more for a part of it")
    return Joining(edits=tuple(_edits(dockerfile, lines, texts, wraps)))


def appended(dockerfile: Dockerfile, line: Line, command: str) -> Edit | None:
    """The edit that lets a RUN end with a further command, which runs when all before it went well.

    None where that cannot be said in its text: JSON form, a condition or loop at the end under ``set -e``, ``exit``,
    what is not understood. A heredoc's script is followed when its last command is a plain one.
    """
    instruction = line.instruction
    if instruction.is_json or posixpath.basename(line.scope.shell[0]) not in SHELLS:
        return None
    if instruction.heredocs:
        return _appended_to_heredoc(dockerfile, line, command)
    text = script(instruction.body)
    if text is None or text.may_end_early:
        return None
    if (_stops(line.scope.shell) or text.sets_options) and text.ends_in_construct:
        return None
    end = _end(instruction)
    start = _before_last_join(instruction, text) if text.ends_with_join else end
    more = _continuations(dockerfile, instruction)
    if not more:
        return Edit(start=start, end=end, replacement=f" && {command}")
    and_so = f" {dockerfile.escape}{dockerfile.newline}{_indent(dockerfile, instruction)}"
    leads = _leads(dockerfile, instruction)
    return Edit(start=start, end=end, replacement=f"{and_so}&& {command}" if leads else f" &&{and_so}{command}")


def _appended_to_heredoc(dockerfile: Dockerfile, line: Line, command: str) -> Edit | None:
    *others, heredoc = line.instruction.heredocs
    commands = run_commands(line.instruction, line.scope.shell)
    last = commands[-1] if commands else None
    if others or last is None or last.inside != ("<<",) or not all(each.understood for each in commands):
        return None
    rest = dockerfile.text[last.end : heredoc.start + len(heredoc.content)]
    if rest.strip() or any(each.name in ("exit", "exec", "return") for each in commands):
        return None
    return Edit(start=last.end, end=last.end, replacement=f" && {command}")


def _refusal(first: Line, line: Line) -> str:
    instruction = line.instruction
    where = f"line {instruction.first_line}"
    if instruction.word != "RUN" or instruction.is_json:
        return f"{where} is not in the shell's form"
    if instruction.heredocs:
        return f"{where} holds a heredoc"
    if [flag.text for flag in instruction.flags] != [flag.text for flag in first.instruction.flags]:
        return f"{where} has other mounts or flags"
    if line.scope != first.scope:
        return f"{where} runs as another user, in another folder or with other variables"
    if not line.scope.shell or posixpath.basename(line.scope.shell[0]) not in SHELLS:
        return f"{where} is for another shell"
    return ""


def _stops(shell: Sequence[str]) -> bool:
    """SHELL itself says -e."""
    return any(word == "errexit" or re.match(r"-[a-z]*e", word) for word in shell[1:])


def _wraps(texts: Sequence[Script], *, stops: bool) -> list[str] | None:
    """The brackets that each text needs: ``(``, ``{`` or none. None when one cannot stand where it shall."""
    wraps: list[str] = []
    for index, text in enumerate(texts):
        behind = texts[index + 1 :]
        set_e = stops or text.sets_options
        leaves = text.leaves_something or (text.sets_options and not all(each.is_chain for each in behind))
        wrap = ""
        if behind and leaves:
            wrap = "("
        elif "||" in text.joins or (index and text.may_go_on_after_a_failure):
            wrap = "{"
        # Left of && the shell ignores -e, also inside brackets; a plain command or chain fails there all the same.
        if behind and set_e and not text.is_chain and (wrap or text.ends_in_construct):
            return None
        wraps.append(wrap)
    return wraps


def _edits(dockerfile: Dockerfile, lines: Sequence[Line], texts: Sequence[Script], wraps: Sequence[str]) -> list[Edit]:
    made: list[Edit] = []
    if wraps[0]:
        at = _body_start(lines[0].instruction)
        made.append(Edit(start=at, end=at, replacement=_opening(wraps[0])))
    leads = any(_leads(dockerfile, line.instruction) for line in lines)
    indent = next((found for line in lines if (found := _indent(dockerfile, line.instruction))), _INDENT)
    for index, (one, other) in enumerate(pairwise(lines)):
        start, end = _end(one.instruction), _body_start(other.instruction)
        comments = _comments(dockerfile.text[start:end], dockerfile.newline)
        if texts[index].ends_with_join and wraps[index] != "{":
            start = _before_last_join(one.instruction, texts[index])
        closed = _closing(wraps[index], texts[index])
        and_so = f" {dockerfile.escape}{dockerfile.newline}{comments}{indent}"
        made.append(
            Edit(
                start=start,
                end=end,
                replacement=f"{closed}{and_so}&& " if leads else f"{closed} &&{and_so}",
            )
        )
        if wraps[index + 1]:
            made[-1] = Edit(start=start, end=end, replacement=made[-1].replacement + _opening(wraps[index + 1]))
    if wraps[-1]:
        at = _end(lines[-1].instruction)
        made.append(Edit(start=at, end=at, replacement=_closing(wraps[-1], texts[-1])))
    return made


def _opening(wrap: str) -> str:
    return {"(": "(", "{": "{ ", "": ""}[wrap]


def _closing(wrap: str, text: Script) -> str:
    if wrap == "{":
        return " }" if text.ends_with_join else "; }"
    return ")" if wrap else ""


def _before_last_join(instruction: Instruction, text: Script) -> int:
    """Where the last command ends, in front of the ``;`` behind it."""
    bare = text.text.rstrip()[: -len(text.ends_with_join)].rstrip()
    return instruction.source_at(instruction.body_at + len(bare) - 1) + 1


def _end(instruction: Instruction) -> int:
    """One past the last character of its text, in the file."""
    return instruction.source_at(instruction.body_at + len(instruction.body) - 1) + 1


def _body_start(instruction: Instruction) -> int:
    return instruction.source_at(instruction.body_at)


def _has_comment(dockerfile: Dockerfile, instruction: Instruction) -> bool:
    """A comment stands between its word and its text."""
    head = dockerfile.text[instruction.start : _body_start(instruction)]
    return any(line.lstrip().startswith("#") for line in head.split("\n")[1:])


def _comments(between: str, newline: str) -> str:
    """The comment lines between two instructions, as they stand there; empty lines go, no instruction holds any."""
    kept = [line.rstrip("\r") for line in between.split("\n")[1:] if line.lstrip().startswith("#")]
    return "".join(f"{line}{newline}" for line in kept)


def _continuations(dockerfile: Dockerfile, instruction: Instruction) -> list[str]:
    """Its lines behind the first, those of comments left out."""
    lines = dockerfile.text[_body_start(instruction) : _end(instruction)].split("\n")[1:]
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _leads(dockerfile: Dockerfile, instruction: Instruction) -> bool:
    """Its ``&&`` stand at the beginning of lines."""
    return any(line.lstrip().startswith("&&") for line in _continuations(dockerfile, instruction))


def _indent(dockerfile: Dockerfile, instruction: Instruction) -> str:
    """The white space in front of its second line; empty when it has one line alone."""
    lines = _continuations(dockerfile, instruction)
    return lines[0][: len(lines[0]) - len(lines[0].lstrip())] if lines else ""
