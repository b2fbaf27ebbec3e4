"""The program: one file a verb, and the one place where an error ends it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from jettison import __version__
from jettison.errors import JettisonError
from jettison.workspace import space_for

from . import adapt, cache, compare, convert, doctor, inspect, optimize, pack, verify

_INTERRUPTED = 130


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


COMMANDS: list[Command] = [optimize, inspect, convert, compare, adapt, pack, verify, doctor, cache]

_EXIT_CODES = """\
exit codes:
  0  yes          1  no: a limit is missed       2  wrong usage
  3  not enough evidence to decide               4  nothing better than what you have: kept
  10 and above: the work could not be done; a code for each cause (docs/exit-codes.md)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives back its exit code."""
    options = _parser().parse_args(arguments)
    try:
        with space_for(Path.cwd()):
            code: int = options.command.run(options)
        sys.stdout.flush()
        return code
    except JettisonError as error:
        if options.debug:
            raise
        _say(error, as_json=getattr(options, "json", False))
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped; finished steps are kept: the same command goes on where it was\n")
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _say(error: JettisonError, *, as_json: bool) -> None:
    if as_json:
        said = {"what": error.what, "where": error.where, "next_step": error.next_step, "exit_code": error.exit_code}
        print(json.dumps({"error": said}))
    else:
        sys.stderr.write(f"jettison: {error}\n")


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
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
