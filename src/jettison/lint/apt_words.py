"""Packages of the system taken out of the apt lines that install them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..dockerfile.runs import RunLine
from ..dockerfile.words import Word
from ..dockerfile.wrappers import program
from ..records import Edit
from .apt_lists import readers
from .builds import Build, Line
from .found import without
from .removals import command_removed, word_removed

_OF_APT = re.compile(r"/var/(lib|cache)/apt\b|/tmp\b|/var/tmp\b")
_ONLY_APT = ("apt-get", "apt", "rm", "echo", "true", "set")


def packages_named(line: Line) -> Iterator[tuple[str, Word, Word]]:
    """Packages that a RUN installs with apt, each with its word and the word in front of it."""
    for run in line.runs:
        words = run.command.words
        verb = next((at for at, word in enumerate(words) if word.value == "install"), None)
        if program(run.argv) not in ("apt-get", "apt") or verb is None:
            continue
        for at in range(verb + 1, len(words)):
            value = words[at].value or ""
            if value and not value.startswith("-"):
                yield re.split(r"[=/:]", value)[0], words[at - 1], words[at]


def _is_for_apt(run: RunLine) -> bool:
    """It does nothing else that stays: it writes no file, and removes none that is not apt's."""
    name = program(run.argv)
    paths = [word for word in run.argv[1:] if not word.startswith("-")]
    return name in _ONLY_APT and not run.output and (name != "rm" or all(map(_OF_APT.match, paths)))


def packages_removed(build: Build, line: Line, gone: frozenset[str]) -> tuple[Edit, ...]:
    """The edits that take packages out of a RUN: their words, or the RUN when it does nothing else.

    Empty when that is not understood.
    """
    named = list(packages_named(line))
    if not line.runs or not all(run.known and run.always for run in line.runs):
        return ()
    if all(name in gone for name, _, _ in named):
        only_apt = all(_is_for_apt(run) for run in line.runs) and not readers(build, line)
        return (without(build.dockerfile, line.instruction),) if only_apt else ()
    text = build.dockerfile.text
    edits: list[Edit] = []
    whole: set[int] = set()
    for run in line.runs:  # a command that would have nothing left to install goes, where it can
        inside = [(name, word) for name, _, word in named if run.command.start <= word.start < run.command.end]
        if inside and all(name in gone for name, _ in inside):
            removal = command_removed(build.dockerfile, line.instruction, run, line.runs)
            if removal is None:
                return ()
            edits.append(removal)
            whole.update(word.start for _, word in inside)
    for name, before, word in named:
        if name not in gone or word.start in whole:
            continue
        placed = text[word.start : word.end] == word.text
        edit = word_removed(text, before, word) if placed else None
        if edit is None:
            return ()
        if edits and edits[-1].start < edit.start < edits[-1].end:  # both lie on one line
            edit = Edit(start=edits[-1].end, end=edit.end, replacement="")
        edits.append(edit)
    return tuple(sorted(edits, key=lambda each: each.start))
