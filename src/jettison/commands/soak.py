"""``jettison soak``: what a running service keeps of every request, and why."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.records import Soak

from . import arguments
from .progress import drawn
from .screen import give

if TYPE_CHECKING:
    from jettison.pipeline import EnvelopeWish

NAME = "soak"
SUMMARY = (
    "what a running service keeps of every request: leak, cache, allocator, or clean, with bytes and their interval"
)
EXAMPLES = """\
  jettison soak ./service                                every endpoint that has recorded requests
  jettison soak ./service-jettison                       the image that `jettison optimize` wrote
  jettison soak ./service --endpoint "POST /predict"     one of them
  jettison soak ./service --limit 512MB --rate 20        and how long until the container is killed
  jettison soak ./service --envelope                     and how much memory it needs at its worst, proved
  jettison soak ./service-jettison --certify ./sure      the same, and its image again with a server that holds to it
  jettison soak ./service --html soak.html               the curves and a flame graph as a page
  jettison soak ./service --remedies                     and which settings make it smaller"""

_CLEAN, _LEAK, _UNDECIDED = 0, 1, 3
_FEWEST = 24


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    arguments.service(parser, "folder of the service, or one that `jettison optimize` wrote")
    parser.add_argument(
        "--endpoint", action="append", default=[], metavar="NAME", help='only this one: "POST /predict", or /predict'
    )
    parser.add_argument(
        "--requests", type=_count, metavar="N", help="repeated requests of the first stage (default: 600)"
    )
    parser.add_argument(
        "--limit", type=arguments.size, metavar="BYTES", help="memory limit of the container: 512MB, 1GiB"
    )
    parser.add_argument("--rate", type=_rate, default=1.0, metavar="N", help="requests a second (default: 1)")
    asked = parser.add_argument_group("memory envelope (docs/soak.md)")
    asked.add_argument("--envelope", action="store_true", help="measure how much memory it needs, and prove it")
    asked.add_argument(
        "--max-body", type=arguments.size, metavar="BYTES", help="largest body to admit (default: 4 × recorded)"
    )
    asked.add_argument("--concurrency", type=_number, metavar="N", help="requests at once (default: its server's)")
    asked.add_argument("--days", type=_rate, default=1.0, metavar="N", help="between restarts, for a leak (default: 1)")
    asked.add_argument(
        "--prove", type=_seconds, metavar="SECONDS", help="of load under the limit; 0: none (default: 20)"
    )
    asked.add_argument("--certify", type=Path, metavar="DIR", help="write OUT again, its server held to the envelope")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the curves as a page")
    parser.add_argument(
        "--remedies", action="store_true", help="try settings of malloc, ONNX Runtime and other allocators, and measure"
    )
    parser.add_argument("--quick", action="store_true", help="a coarse answer: few requests")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Soak and print; 1 when an endpoint leaks or the envelope does not hold, 3 when one could not be decided."""
    from jettison.pipeline import SoakWish, soak
    from jettison.report.soaked import page, terminal
    from jettison.soak import QUICK, SOAK, of_requests

    plan = of_requests(options.requests) if options.requests else QUICK if options.quick else SOAK
    wish = SoakWish(
        service=options.service,
        dockerfile=options.dockerfile,
        models=options.models,
        endpoints=tuple(options.endpoint),
        plan=plan,
        limit_bytes=options.limit,
        rate=options.rate,
        remedies=options.remedies,
        envelope=_envelope(options),
    )
    found = drawn(soak(wish, arguments.workspace()))
    give(found, options, terminal.render, page.render)
    return exit_code(found)


def _envelope(options: argparse.Namespace) -> EnvelopeWish | None:
    from jettison.pipeline import EnvelopeWish
    from jettison.soak import COARSE, MEASURED

    if not options.envelope and options.certify is None:
        return None
    usual = 5.0 if options.quick else EnvelopeWish.prove_seconds
    return EnvelopeWish(
        plan=COARSE if options.quick else MEASURED,
        max_body_bytes=options.max_body,
        concurrency=options.concurrency,
        horizon_days=options.days,
        prove_seconds=usual if options.prove is None else options.prove,
        certify=options.certify,
    )


def exit_code(found: Soak) -> int:
    """The verdict as a number: docs/exit-codes.md."""
    if found.envelope is not None and not found.envelope.holds_within(found.limit_bytes):
        return _LEAK
    if any(each.cause == "leak" for each in found.growths):
        return _LEAK
    return _UNDECIDED if any(each.is_open for each in found.growths) else _CLEAN


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < _FEWEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least {_FEWEST}")
    return int(text)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seconds(text: str) -> float:
    return 0.0 if text == "0" else _rate(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
