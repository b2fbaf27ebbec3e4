"""Prints what rich draws: styled and as wide as the terminal, or plain lines, each whole, into a pipe or file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from jettison.records import to_json
from jettison.workspace import write_file

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")

_UNBROKEN = 1000


def show(drawn: RenderableType) -> None:
    """Print to stdout; ``$COLUMNS`` is followed where it is set."""
    from rich.console import Console

    if sys.stdout.isatty():
        Console().print(drawn)
        return
    width = os.environ.get("COLUMNS", "")
    console = Console(width=int(width) if width.isdecimal() else _UNBROKEN, color_system=None)
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        print(line.rstrip())


def give(
    found: T, options: argparse.Namespace, terminal: Callable[[T], RenderableType], page: Callable[[T], bytes]
) -> None:
    """A record to stdout, as ``--json`` or drawn, and to the page that ``--html`` names."""
    if options.html is not None:
        write_file(options.html, page(found))
    if options.json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
        return
    show(terminal(found))
    if options.html is not None:
        print(f"\n{options.html}")
