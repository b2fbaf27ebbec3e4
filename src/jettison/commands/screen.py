"""Prints what rich draws: styled and as wide as the terminal, or plain lines, each whole, into a pipe or file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

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
