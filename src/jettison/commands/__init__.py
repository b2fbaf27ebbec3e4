"""The program: one file a verb, and the one place where an error ends it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

from jettison import __version__
from jettison.errors import EnvironmentUnusable, JettisonError
from jettison.workspace import space_for

from . import adapt, cache, compare, convert, doctor, inspect, lint, manifests, optimize, pack, serve, soak, verify

_STOPPED = 128
"""Plus the number of the signal, as shells say it."""
_WRONG_USAGE = 2
_GOES_ON = "finished steps are kept: the same command goes on where it was"


class _Stopped(KeyboardInterrupt):
    """A signal asked the program to end; unwinding ends services and removes what is half-made."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Command(Protocol):
    """A module of this folder."""

    NAME: str
    SUMMARY: str
    EXAMPLES: str
    """Lines to type, each with a remark."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Do it, print, and give back the exit code."""
        ...


COMMANDS: list[Command] = [
    optimize,
    inspect,
    convert,
    compare,
    adapt,
    lint,
    pack,
    soak,
    serve,
    manifests,
    verify,
    doctor,
    cache,
]

_EXIT_CODES = """\
exit codes:
  0  yes          1  no: a limit is missed       2  wrong usage
  3  not enough evidence to decide               4  nothing better than what you have: kept
  10 and above: the work could not be done; a code for each cause (docs/exit-codes.md)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives back its exit code."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = _parser().parse_args(words)
    except _WrongUsage as wrong:
        sys.stderr.write(f"{wrong.usage}jettison: {wrong}\n")
        if _asks_for_json(words):
            _print_error(str(wrong), next_step=wrong.next_step, exit_code=_WRONG_USAGE)
        return _WRONG_USAGE
    try:
        with _signals(), _files(), space_for(Path.cwd()):
            code: int = options.command.run(options)
        sys.stdout.flush()
        return code
    except JettisonError as error:
        if options.debug:
            raise
        _say(error, as_json=options.json)
        return error.exit_code
    except KeyboardInterrupt as stopped:
        number = stopped.number if isinstance(stopped, _Stopped) else signal.SIGINT
        sys.stderr.write(f"\nstopped; {_GOES_ON}\n")
        if options.json:
            name = signal.Signals(number).name
            _print_error(f"stopped by {name}", next_step=_GOES_ON, exit_code=_STOPPED + number)
        return _STOPPED + number
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """SIGTERM and a terminal that closes end the program as Ctrl-C does: in order, with nothing left running."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise _Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _files() -> Iterator[None]:
    """Say a file or folder that cannot be read, made or written in one clear sentence."""
    try:
        yield
    except OSError as cause:
        if cause.filename is None:  # no file of ours: a pipe whose reader has gone, say
            raise
        raise EnvironmentUnusable(
            f"{cause.filename} cannot be used: {cause.strerror}",
            where=str(cause.filename),
            next_step="check the path and its rights; --out and JETTISON_CACHE choose other places to write to",
        ) from cause


def _say(error: JettisonError, *, as_json: bool) -> None:
    if as_json:
        _print_error(error.what, where=error.where, next_step=error.next_step, exit_code=error.exit_code)
    else:
        sys.stderr.write(f"jettison: {error}\n")


def _print_error(what: str, *, where: str = "", next_step: str, exit_code: int) -> None:
    print(json.dumps({"error": {"what": what, "where": where, "next_step": next_step, "exit_code": exit_code}}))


def _asks_for_json(words: Sequence[str]) -> bool:
    """Whether one of the words is ``--json``, or its beginning, which argparse takes as well."""
    return any(len(word) > 2 and "--json".startswith(word) for word in words)


class _WrongUsage(Exception):
    """The command line is none that there is."""

    def __init__(self, what: str, usage: str, next_step: str) -> None:
        super().__init__(what)
        self.usage = usage
        self.next_step = next_step


class _Parser(argparse.ArgumentParser):
    """Leaves it to `main` to say what is wrong, and how."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        raise _WrongUsage(message, self.format_usage(), f"`{self.prog} --help` shows how it is used")


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser(
        prog="jettison",
        description="An AI service in, the smallest and fastest CPU deployment that still gives the right answers out.",
        epilog=_EXIT_CODES,
        formatter_class=raw,
    )
    parser.add_argument("--version", action="version", version=f"jettison {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        verb = verbs.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=command.SUMMARY,
            epilog=f"examples:\n{command.EXAMPLES}",
            formatter_class=raw,
        )
        command.configure(verb)
        verb.add_argument("--debug", action="store_true", help="show the traceback of an error")
        verb.set_defaults(command=command)
    return parser
