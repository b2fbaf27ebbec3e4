"""``jettison compare``: several models for one job, asked the same, side by side."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.records import Comparison, Limits

from . import arguments
from .progress import drawn
from .screen import give

if TYPE_CHECKING:
    from jettison.pipeline import OwnApp

NAME = "compare"
SUMMARY = "several models for one job under the same data: size, speed, memory, right answers"
EXAMPLES = """\
  jettison compare ./model ./model-jettison/fp32 ./model-jettison/int8-blocks --data words.jsonl
  jettison compare A B --data texts.jsonl --metric exact_match --loss-points 0.5
  jettison compare A B C --data labelled.jsonl --keep 0.99 --html compared.html
  jettison compare A B --data texts.jsonl --option max_new_tokens=24"""

_YES, _UNDECIDED, _KEPT = 0, 3, 4


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "models",
        nargs="+",
        type=Path,
        metavar="MODEL",
        help="Hugging Face or converted folders; the first is the baseline",
    )
    parser.add_argument("--data", type=Path, required=True, help="JSON lines with input and, where known, target")
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="what a model was calibrated on: it shares no input with --data",
    )
    parser.add_argument("--metric", default="", help="by name (docs/settings.md); default: what is usual for the task")
    parser.add_argument("--positive", metavar="LABEL", help="the positive one, for f1 and auc")
    parser.add_argument(
        "--app", type=Path, metavar="FILE", help="how a model is asked that needs more than texts (docs/comparing.md)"
    )
    parser.add_argument("--answer", default="vector", metavar="PATH", help="where the answer of --app is: vector")
    parser.add_argument("--with", dest="more", action="append", default=[], metavar="REQUIREMENT", help="of --app")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="of generation")
    parser.add_argument("--loss-points", type=float, metavar="N", help="largest loss against the baseline")
    parser.add_argument("--keep", type=_share, metavar="SHARE", help="smallest share of the baseline's score: 0.99")
    parser.add_argument(
        "--confidence", type=_confidence, default=Limits.confidence, metavar="C", help="of all rulings together: 0.95"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the table and the plot as a page")
    parser.add_argument("--quick", action="store_true", help="few samples")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Compare and print; 3 when there are too few items to decide, 4 when the baseline stays the best."""
    from jettison.pipeline import Contest, compared
    from jettison.report.compared import page, terminal

    contest = Contest(
        models=tuple(options.models),
        data=options.data,
        metric=options.metric,
        positive=options.positive,
        calibration=options.calibration,
        options=tuple(_option(text) for text in options.option),
        app=_own_app(options),
        limits=Limits(loss_points=options.loss_points, keep=options.keep, confidence=options.confidence),
        quick=options.quick,
    )
    found = drawn(compared(contest, arguments.workspace()))
    give(found, options, terminal.render, page.render)
    return exit_code(found)


def exit_code(found: Comparison) -> int:
    """The verdict as a number: docs/exit-codes.md."""
    if found.verdict.winner != "original":
        return _YES
    return _UNDECIDED if found.verdict.needed_items is not None else _KEPT


def _own_app(options: argparse.Namespace) -> OwnApp | None:
    from jettison.errors import ModelMissing
    from jettison.pipeline import OwnApp

    if options.app is None:
        return None
    if not options.app.is_file():
        raise ModelMissing(
            f"there is no app {options.app}", where=str(options.app), next_step="docs/comparing.md shows what one holds"
        )
    return OwnApp(file=options.app, answer=options.answer, requirements=tuple(options.more))


def _option(text: str) -> tuple[str, object]:
    """NAME=VALUE, the value as JSON where it is JSON."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _share(text: str) -> float:
    return _between(text, 0.0, 1.0, "a share of 1, such as 0.99")


def _confidence(text: str) -> float:
    return _between(text, 0.5, 0.999_999, "a number above 0.5 and below 1")


def _between(text: str, low: float, high: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = low
    if not low < value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value
