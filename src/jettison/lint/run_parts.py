"""What each command of a RUN is to an installation with pip: part of it, of apt's, cleaning up, or something else."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ..dockerfile.installs import install_of
from ..dockerfile.runs import RunLine
from ..dockerfile.system_installs import system_install
from ..dockerfile.wrappers import program

_ELSEWHERE = ("--user", "--target", "-t", "--prefix", "--root", "-e", "--editable")
_CACHE = re.compile(
    r"(/root|~|\$HOME|/home/\w+)?/?\.cache(/pip)?(/\*)?|/var/(lib/apt/lists|cache/apt(/archives)?)(/[\w*.]*)?|/tmp/\*|/var/tmp/\*|/root/\.cache/.*"
)
APT = ("apt-get", "apt", "aptitude", "apt-cache", "apt-mark")


Part = Literal["apt", "pip", "clean", "other"]


class RefusedError(Exception):
    """Why there are no two stages; ends a sentence."""


def part_of(run: RunLine) -> Part:
    """One command.

    :raises RefusedError: it installs into another place, or with another tool
    """
    name, argv = program(run.argv), run.argv
    if name in ("python", "pip") and posixpath.dirname(argv[0]):
        raise RefusedError(f"line {run.line} names the interpreter by its place")
    if name == "python" and argv[1:2] == ("-m",) and argv[2:3] in (("pip",), ("spacy",)):
        name, argv = argv[2], argv[2:]
    if name == "spacy":
        return "pip" if "download" in argv[1:2] else "other"
    if name in APT:
        return "clean" if argv[1:2] in (("clean",), ("autoclean",)) else "apt"
    if name == "pip":
        if any(word.partition("=")[0] in _ELSEWHERE for word in argv[1:]):
            raise RefusedError(f"line {run.line} installs into another place")
        return "clean" if argv[1:3] == ("cache", "purge") else "pip"
    if (install := install_of(run)) is not None:
        raise RefusedError(f"line {run.line} installs with {install.tool} and not plainly with pip")
    if name in ("rm", "find") and all(_CACHE.fullmatch(word) or _is_bytecode(argv) for word in _paths(argv)):
        return "clean"
    return "clean" if name in ("set", "true", ":") else "other"


def _paths(argv: Sequence[str]) -> Iterator[str]:
    yield from (word for word in argv[1:] if not word.startswith("-"))


def _is_bytecode(argv: Sequence[str]) -> bool:
    return argv[0] == "find" and ("__pycache__" in argv or "*.pyc" in argv)


def package_words(runs: Sequence[RunLine]) -> list[str]:
    """The packages that apt installs and does not remove again, as they are written: with versions."""
    found: list[str] = []
    installed = system_install(tuple(runs))
    names = installed.packages if installed else ()
    for run in runs:
        if program(run.argv) in APT and "install" in run.argv:
            found += [word for word in run.argv if re.split(r"[=/:]", word)[0] in names]
    removed = {word for run in runs if is_removal(run) for word in run.argv[2:]}
    return [word for word in found if word not in removed]


def is_removal(run: RunLine) -> bool:
    """apt takes packages away."""
    return program(run.argv) in APT and bool({"purge", "remove", "autoremove"} & {*run.argv[1:3]})
