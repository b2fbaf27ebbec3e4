"""The commands that run while an image is built, each with its directory and variables."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .commands import Command
from .shell import argv_commands, run_commands, script_of
from .stages import Stage, Step, steps
from .wrappers import unwrapped


@dataclass(frozen=True, kw_only=True)
class Mount:
    """``--mount`` of a RUN."""

    kind: str
    """``cache``, ``bind``, ``secret``, ``tmpfs``, ``ssh``."""
    target: str
    source: str
    origin: str
    """``from=``; empty for the build's folder."""


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """One simple command of a RUN."""

    argv: tuple[str, ...]
    """Without wrappers such as ``sudo``; a word whose variables are not known stands as written."""
    known: bool
    """Every word's variables are known."""
    always: bool
    """It runs whenever the RUN does."""
    directory: str
    variables: Mapping[str, str]
    """ENV, ARG, and what the RUN itself set so far."""
    line: int
    stage: int
    mounts: tuple[Mount, ...]
    output: str | None
    """The file that ``>`` writes, absolute."""
    command: Command
    """As it stands in the file; of a script inside ``sh -c`` only the whole has a place."""


def run_lines(stages: tuple[Stage, ...], stage: Stage) -> Iterator[tuple[RunLine, ...]]:
    """The commands of each RUN that makes the stage's image, RUN by RUN."""
    for step in steps(stages, stage):
        if step.instruction.word == "RUN":
            yield tuple(lines_of(step))


def not_understood(stages: tuple[Stage, ...], stage: Stage) -> Iterator[tuple[int, str]]:
    """Text of RUN lines that the shell reader did not take apart, each with its line."""
    for step in steps(stages, stage):
        if step.instruction.word == "RUN":
            for command in run_commands(step.instruction, step.scope.shell):
                if not command.understood:
                    yield step.instruction.first_line, step.instruction.body


def lines_of(step: Step) -> Iterator[RunLine]:
    """The commands of one RUN."""
    variables = dict(step.scope.variables)
    mounts = tuple(_mount(flag.value) for flag in step.instruction.flags if flag.name == "mount")
    yield from _of_commands(run_commands(step.instruction, step.scope.shell), step, variables, mounts)


def _of_commands(
    commands: tuple[Command, ...], step: Step, variables: dict[str, str], mounts: tuple[Mount, ...]
) -> Iterator[RunLine]:
    directory = step.scope.workdir
    for command in commands:
        for assignment in command.assignments:
            name, _, _ = assignment.text.partition("=")
            value = assignment.fields(variables)
            if value is not None and (not command.words or command.always):
                variables = {**variables, name: " ".join(value).partition("=")[2]}
        argv, known = _words(command, variables)
        script = script_of(argv)
        if script is not None:
            yield from _of_commands(argv_commands(argv), step, variables, mounts)
            continue
        argv, set_too = unwrapped(argv)
        if not argv:
            continue
        if argv[0] == "export":
            pairs = [word.partition("=") for word in argv[1:] if "=" in word]
            variables = {**variables, **{name: value for name, _, value in pairs}}
        elif argv[0] == "cd" and len(argv) == 2 and command.always:
            directory = posixpath.normpath(posixpath.join(directory, argv[1]))
        written = [each.target.fields(variables) for each in command.redirects if each.operator in (">", "1>", ">>")]
        yield RunLine(
            argv=argv,
            known=known,
            always=command.always,
            directory=directory,
            variables={**variables, **dict(set_too)},
            line=step.instruction.first_line,
            stage=step.stage,
            mounts=mounts,
            command=command,
            output=posixpath.normpath(posixpath.join(directory, written[0][0])) if written and written[0] else None,
        )


def _words(command: Command, variables: Mapping[str, str]) -> tuple[tuple[str, ...], bool]:
    made: list[str] = []
    known = True
    for word in command.words:
        fields = word.fields(variables)
        known = known and fields is not None
        made += fields if fields is not None else (word.text.strip("\"'"),)
    return tuple(made), known


def _mount(value: str) -> Mount:
    options = dict(part.partition("=")[::2] for part in value.split(","))
    target = options.get("target") or options.get("dst") or options.get("destination") or ""
    return Mount(
        kind=options.get("type", "bind"),
        target=target,
        source=options.get("source") or options.get("src") or "",
        origin=options.get("from", ""),
    )
