"""The commands of a RUN, CMD or ENTRYPOINT in any of its forms: shell, JSON, heredocs."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import replace

from .commands import Command, Redirect, commands
from .instructions import Heredoc, Instruction
from .words import Word, WordPart

SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")


def run_commands(instruction: Instruction, shell: Iterable[str] = ("/bin/sh", "-c")) -> tuple[Command, ...]:
    """The commands of an instruction that holds some.

    :param shell: what SHELL says at that place. When that is no POSIX shell, nothing is understood.
    """
    body_at, place = instruction.body_at, instruction.places()
    start = place(body_at)
    if instruction.is_json:
        return argv_commands(instruction.arguments, start, instruction.end)
    if posixpath.basename(next(iter(shell), "")) not in SHELLS:
        return (Command(words=(), understood=False, start=start, end=instruction.end),)
    found = commands(instruction.body, lambda at: place(body_at + at))
    by_name = {heredoc.name: heredoc for heredoc in instruction.heredocs}
    made: list[Command] = []
    for command in found:
        # `RUN <<EOF` alone, and `RUN bash <<EOF`, run what the heredoc holds.
        runs_it = not command.words or (command.name in SHELLS and all(map(_is_option, command.words[1:])))
        made += [command] * bool(command.words or command.assignments or not command.redirects)
        for redirect in command.redirects if runs_it else ():
            if heredoc := by_name.get(_heredoc_name(redirect)):
                made += [replace(each, inside=("<<", *each.inside)) for each in _script_commands(heredoc)]
    return tuple(made)


def _script_commands(heredoc: Heredoc) -> tuple[Command, ...]:
    first_line = heredoc.content.split("\n", 1)[0]
    if first_line.startswith("#!") and not any(shell in first_line for shell in SHELLS):
        return (Command(words=(), understood=False, start=heredoc.start, end=heredoc.start + len(heredoc.content)),)
    return commands(heredoc.content, lambda at: heredoc.start + at)


def argv_commands(argv: tuple[str, ...], start: int = 0, end: int = 0) -> tuple[Command, ...]:
    """The commands of an argument list; a shell with ``-c`` gives those of its script.

    :param start: where all of it stands in the file; the words of a list have no places of their own.
    """
    script = script_of(argv)
    if script is not None:
        return commands(script, lambda _: start)
    words = tuple(
        Word(text=each, start=start, end=end, parts=(WordPart(kind="text", text=each, quoted=True),)) for each in argv
    )
    return (Command(words=words, start=start, end=end),) if words else ()


def script_of(argv: tuple[str, ...]) -> str | None:
    """The script of ``sh -c script``, with whatever options; None for anything else."""
    if not argv or posixpath.basename(argv[0]) not in SHELLS:
        return None
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        if not argv[at].startswith("--") and "c" in argv[at]:
            return argv[at + 1] if at + 1 < len(argv) else None
        at += 2 if argv[at] in ("-o", "-O") else 1
    return None


def _heredoc_name(redirect: Redirect) -> str:
    return (redirect.target.value or "") if redirect.operator.endswith(("<<", "<<-")) else ""


def _is_option(word: Word) -> bool:
    return (word.value or "").startswith("-") or word.value == "pipefail"
