"""``jettison optimize``: all of it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from jettison.records import Report, to_json

from . import arguments
from .progress import drawn
from .screen import show

NAME = "optimize"
SUMMARY = "a service to its smallest, fastest CPU deployment, proved against the original"
EXAMPLES = """\
  jettison optimize ./service                    everything; results in ./SERVICE-jettison
  jettison optimize ./service --dry-run          what would be done
  jettison optimize ./service --quick            a coarse answer: few samples, no image
  jettison optimize ./service --base ./base-oci  on a base image of your own (an OCI layout)"""

_YES, _NO, _UNDECIDED, _KEPT = 0, 1, 3, 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser)
    arguments.out(parser, "SERVICE-jettison")
    parser.add_argument("--dry-run", action="store_true", help="print what was found and the plan, and stop")
    parser.add_argument("--quick", action="store_true", help="a coarse answer: few samples, no image")
    parser.add_argument("--base", default="debian", metavar="BASE", help="debian, or an OCI layout folder")
    parser.add_argument("--base-lock", type=Path, metavar="FILE", help="a base.lock.json: the same base again")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Optimize and show the report."""
    from jettison.pipeline import Wish, optimized

    out: Path = options.out or Path(f"{options.service.resolve().name}-jettison")
    wish = Wish(
        service=options.service,
        out=out,
        dockerfile=options.dockerfile,
        models=options.models,
        base=options.base,
        base_lock=options.base_lock,
        quick=options.quick,
    )
    if options.dry_run:
        return _plan(wish.service, options)
    _announce()
    report = drawn(optimized(wish, arguments.workspace()))
    if options.json:
        sys.stdout.write(to_json(report, indent=1).decode() + "\n")
    else:
        _show(report, out)
    return exit_code(report, quick=options.quick)


def _plan(service: Path, options: argparse.Namespace) -> int:
    from jettison.intake import deployment
    from jettison.pipeline import PLAN, check_ready

    from .inspect import described

    found = deployment(service, dockerfile=options.dockerfile, models=options.models)
    if options.json:
        check_ready(found)
        steps = [{"step": step, "what": what} for step, what in PLAN]
        print(json.dumps({"deployment": json.loads(to_json(found)), "plan": steps}, indent=1))
        return _YES
    for line in described(found):
        print(line)
    print("\nplan")
    for number, (step, what) in enumerate(PLAN, 1):
        print(f"  {number}. {step:<13} {what}")
    sys.stdout.flush()
    check_ready(found)
    return _YES


def _announce() -> None:
    from jettison.pipeline import PLAN

    sys.stderr.write("plan: " + " → ".join(step for step, _ in PLAN) + "\n")


def _show(report: Report, out: Path) -> None:
    from jettison.report.formats import terminal

    show(terminal.render(report))
    print(f"\n{out / 'report.html'}")


def exit_code(report: Report, *, quick: bool) -> int:
    """The verdict as a number: docs/exit-codes.md."""
    if report.verdict.winner == "original":
        undecided = not report.measurements or report.verdict.needed_items is not None
        return _UNDECIDED if undecided else _KEPT
    if quick or report.final is None:
        return _UNDECIDED
    rulings = {judgement.ruling for judgement in report.final.judgements}
    if "refuted" in rulings:
        return _NO
    return _UNDECIDED if "undecided" in rulings else _YES
