"""``jettison verify``: every number of a report, computed again from its raw data."""

from __future__ import annotations

import argparse
from pathlib import Path

from jettison.records import to_json

from . import arguments
from .screen import show

NAME = "verify"
SUMMARY = "compute every number of a report again from its raw data, and check the files beside it"
EXAMPLES = """\
  jettison verify ./service-jettison          0 when everything holds, 1 when something does not
  jettison verify ./service-jettison --json"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="OUT", help="what `jettison optimize` wrote")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Verify and print."""
    from jettison.pipeline import verified

    checked = verified(options.folder)
    if options.json:
        print(to_json(checked, indent=1).decode())
    else:
        from jettison.report.formats import terminal

        show(terminal.checks(checked))
    return 0 if all(each.holds for each in checked) else 1
