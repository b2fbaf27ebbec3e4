"""What an image starts, as its CMD and ENTRYPOINT say it, with the place of every word in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..dockerfile.commands import Command
from ..dockerfile.instructions import Instruction
from ..dockerfile.servers import ServerCall, server_call
from ..dockerfile.shell import run_commands
from ..dockerfile.wrappers import unwrapped
from .builds import Build, Line
from .project import Project

_ITEM = re.compile(r'"(?:[^"\\]|\\.)*"')
_LAST = ("CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE", "STOPSIGNAL", "LABEL", "VOLUME")


@dataclass(frozen=True, kw_only=True)
class StartWord:
    """A word of the command line."""

    value: str
    """As written where a variable decides it."""
    start: int
    """In the file's text, quotes of the JSON form included; of words inside ``sh -c`` both places are 0."""
    end: int
    is_json: bool


@dataclass(frozen=True, kw_only=True)
class Start:
    """The program that an image starts."""

    entrypoint: Line | None
    command: Line | None
    line: Line
    """The instruction that names the program."""
    commands: tuple[Command, ...]
    """Of the shell text that starts it; one alone for the JSON form."""
    words: tuple[StartWord, ...]
    """Of the last command, wrappers included."""
    argv: tuple[str, ...]
    """Of the last command, without wrappers such as ``exec`` and ``tini``."""
    call: ServerCall | None
    environment: Mapping[str, str]

    def word_behind(self, *options: str) -> StartWord | None:
        """The word that holds the value of an option: the one behind it, or the option itself when it is joined."""
        for index, word in enumerate(self.words):
            if word.value in options and index + 1 < len(self.words):
                return self.words[index + 1]
            if any(word.value.startswith(f"{option}=") for option in options):
                return word
        return None


def files_started(project: Project, build: Build) -> Iterator[tuple[str, str]]:
    """Files of the image that CMD and ENTRYPOINT name, by their last name, each with its text."""
    starting = (line for line in build.lines if line.ships and line.word in ("CMD", "ENTRYPOINT"))
    names = {name for line in starting for word in line.instruction.arguments for name in re.findall(r"[\w.-]+", word)}
    for landing in build.landings.final if names else ():
        name = landing.target.rpartition("/")[2]
        if name in names:
            yield name, landing.text or project.text(build.below(landing.source)) or ""


def scripts_started(project: Project, build: Build) -> Iterator[str]:
    """The texts of the shell scripts among them."""
    for name, text in files_started(project, build):
        if text.startswith("#!") or name.endswith((".sh", ".bash")):
            yield text


def start_of(project: Project, build: Build) -> Start | None:
    """What the image starts; None when it says nothing, or nothing that can be read."""
    key = ("start", build.path)
    if key not in project.worked_out:
        project.worked_out[key] = _start(build)
    found: Start | None = project.worked_out[key]
    return found


def place_before_start(build: Build, *, before_checks: bool = False) -> int:
    """Where an instruction goes that comes behind all that the last stage does, and before what it starts.

    :param before_checks: before a HEALTHCHECK and the like too
    """
    lines = build.of_stage(build.final.index)
    at: Instruction | None = None
    for line in reversed(lines):
        if line.word not in _LAST:
            break
        if before_checks or line.word in ("CMD", "ENTRYPOINT"):
            at = line.instruction
    if at is None:
        return len(build.dockerfile.text)
    by_line = {comment.line for comment in build.dockerfile.comments}
    first = at.first_line
    while first - 1 in by_line:  # a comment right above belongs to it
        first -= 1
    return at.start - sum(
        len(text) for text in build.dockerfile.text[: at.start].splitlines(keepends=True)[first - 1 :]
    )


def added_lines(build: Build, at: int, *lines: str) -> str:
    """New instructions as text to put in at that place: the file's own line endings."""
    newline = build.dockerfile.newline
    text = build.dockerfile.text
    opens = newline if at and not text[:at].endswith("\n") else ""
    return opens + newline.join(lines) + newline


def items(instruction: Instruction, text: str) -> tuple[StartWord, ...]:
    """The items of a JSON form with their places; empty when they cannot be told apart."""
    found = list(_ITEM.finditer(instruction.body))
    if len(found) != len(instruction.arguments):
        return ()
    made: list[StartWord] = []
    for match, value in zip(found, instruction.arguments, strict=True):
        start = instruction.source_at(instruction.body_at + match.start())
        end = instruction.source_at(instruction.body_at + match.end() - 1) + 1
        if text[start:end] != match[0]:
            return ()
        made.append(StartWord(value=value, start=start, end=end, is_json=True))
    return tuple(made)


def _start(build: Build) -> Start | None:
    shipped = [line for line in build.lines if line.ships]
    entrypoint = next((line for line in reversed(shipped) if line.word == "ENTRYPOINT"), None)
    command = next((line for line in reversed(shipped) if line.word == "CMD"), None)
    line = entrypoint if entrypoint and entrypoint.instruction.arguments else command
    if line is None or not line.instruction.arguments:
        return None
    text = build.dockerfile.text
    environment = build.scope.environment
    instruction = line.instruction
    commands = run_commands(instruction, line.scope.shell)
    if not commands or not all(each.understood for each in commands):
        return None
    if instruction.is_json and len(commands) == 1 and len(commands[0].words) == len(instruction.arguments):
        words = items(instruction, text)
        if line is entrypoint and command is not None and command.instruction.is_json:
            words += items(command.instruction, text)
    else:
        words = tuple(
            StartWord(
                value=" ".join(word.fields(environment) or (word.text.strip("\"'"),)),
                start=0 if instruction.is_json else word.start,
                end=0 if instruction.is_json else word.end,
                is_json=instruction.is_json,
            )
            for word in commands[-1].words
        )
    argv, given = unwrapped(tuple(word.value for word in words))
    if not argv:
        return None
    return Start(
        entrypoint=entrypoint,
        command=command,
        line=line,
        commands=commands,
        words=words,
        argv=argv,
        call=server_call(argv, {**environment, **dict(given)}),
        environment=environment,
    )
