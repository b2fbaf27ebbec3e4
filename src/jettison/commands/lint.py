"""``jettison lint``: what makes an image large, slow or unsafe, what it costs, and the fix."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jettison.records import FixClass, Linted, to_json

from . import arguments

NAME = "lint"
SUMMARY = "find what makes a service's image large, slow to start or unsafe, with the bytes it costs, and fix it"
EXAMPLES = """\
  jettison lint ./service
  jettison lint ./service --diff                 the fixes that keep what the image does, as a patch
  jettison lint ./service --fix                  make them
  jettison lint ./service --fix-verify           and those after which you should build and compare
  jettison lint ./service --refresh-locks        and make the lock files again that they change
  jettison lint Dockerfile --only L --json       one file, the rules of layers"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from jettison.lint import DEVICES, PLATFORMS

    parser.add_argument("service", type=Path, metavar="SERVICE", help="folder of the service, or one Dockerfile")
    parser.add_argument("--dockerfile", type=Path, metavar="FILE", help="the only one to look at, of the folder")
    parser.add_argument(
        "--target",
        action="append",
        metavar="TARGET",
        choices=(*DEVICES, *PLATFORMS),
        help=f"what it shall run on; may be repeated (default: cpu; of {', '.join((*DEVICES, *PLATFORMS))})",
    )
    parser.add_argument("--only", action="append", default=[], metavar="RULE", help="a code, a name or a first letter")
    fixes = parser.add_mutually_exclusive_group()
    fixes.add_argument("--fix", action="store_true", help="make the changes that keep what the image does")
    fixes.add_argument(
        "--fix-verify", action="store_true", help="and those after which the image should be built and compared"
    )
    parser.add_argument(
        "--refresh-locks",
        action="store_true",
        help="--fix-verify, and run `uv lock`, `poetry lock` or the compilation again, which asks the package index",
    )
    parser.add_argument("--diff", action="store_true", help="print the changes as a patch and write nothing")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Look, mend when asked, and print."""
    from jettison.pipeline.linting import checked, written

    classes: tuple[FixClass, ...] = ()
    if options.fix_verify or options.refresh_locks:
        classes = ("safe", "verify")
    elif options.fix or options.diff:
        classes = ("safe",)
    found = checked(
        options.service,
        targets=options.target or ("cpu",),
        dockerfile=options.dockerfile,
        only=options.only,
        classes=classes,
        refresh_locks=options.refresh_locks,
    )
    for note in found.notes:
        print(note, file=sys.stderr)
    if options.diff:
        sys.stdout.write(found.diff)
    else:
        written(options.service, found)
        _print(found, as_json=options.json)
    return 1 if found.findings else 0


def _print(found: Linted, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
        return
    for each in found.findings:
        print(f"{each.place}: {each.code} {each.message}")
    print(f"{len(found.findings)} findings, {len(found.applied)} mended")
