"""``jettison compare``: several models for one job, asked the same, side by side."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from jettison.records import Limits, Measurement, Observations, Score, Verdict, to_json

from . import arguments
from .progress import drawn

NAME = "compare"
SUMMARY = "several models for one job under the same data: size, speed, memory, right answers"
EXAMPLES = """\
  jettison compare ./model ./model-jettison/fp32 ./model-jettison/int8-blocks --data words.jsonl
  jettison compare A B --data texts.jsonl --metric exact_match --loss-points 0.5
  jettison compare A B --data texts.jsonl --option max_new_tokens=24"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from jettison.measure import METRICS

    parser.add_argument(
        "models",
        nargs="+",
        type=Path,
        metavar="MODEL",
        help="Hugging Face or converted folders; the first is the baseline",
    )
    parser.add_argument("--data", type=Path, required=True, help="JSON lines with input and, where known, target")
    parser.add_argument("--metric", default="token_error_rate", choices=sorted(METRICS))
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="of generation")
    parser.add_argument("--loss-points", type=float, metavar="N", help="largest loss against the baseline")
    parser.add_argument("--quick", action="store_true", help="few samples")
    arguments.as_json(parser)


def run(options: argparse.Namespace) -> int:
    """Compare and print; 4 when the baseline stays the best."""
    from jettison.pipeline import Contest, compared

    contest = Contest(
        models=tuple(options.models),
        data=options.data,
        metric=options.metric,
        options=tuple(_option(text) for text in options.option),
        limits=Limits(loss_points=options.loss_points),
        quick=options.quick,
    )
    found, chosen = drawn(compared(contest, arguments.workspace()))
    if options.json:
        parts = {"observations": json.loads(to_json(found)), "verdict": json.loads(to_json(chosen))}
        print(json.dumps(parts, indent=1))
    else:
        _print(found, chosen)
    return 0 if chosen.winner != "original" else 4


def _option(text: str) -> tuple[str, object]:
    """NAME=VALUE, the value as JSON where it is JSON."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _print(found: Observations, chosen: Verdict) -> None:
    scores = {score.candidate: score for score in chosen.scores}
    print(f"{'model':<24}{'size':>10}{'median':>11}{'speed':>9}{'memory':>10}{'errors':>9}  {_loss_word(found)}")
    for each in found.measurements:
        print(_row(each, scores.get(each.candidate)))
    for score in chosen.scores:
        if score.objection:
            print(f"{score.candidate:<24} not chosen: {score.objection}")
    for name, reason in found.failed:
        print(f"{name:<24} failed: {reason}")
    print(chosen.reason)


def _loss_word(found: Observations) -> str:
    """Without right answers every change counts, and is called one."""
    labelled = found.measurements[0].error_rate is not None
    return "loss in points" if labelled else "answers changed in %"


def _row(each: Measurement, score: Score | None) -> str:
    """One model; speed and loss are those against the baseline."""
    from jettison.statistics import median

    rate = "" if each.error_rate is None else f"{each.error_rate:.2%}"
    memory = max(each.peak_memory_bytes, default=0) / 1e6
    speed = f"{score.speed.estimate:.2f}x" if score and score.speed else "1"
    held = score.judgements[0] if score else None
    loss = (
        f"{held.interval.estimate:+.2f}, at most {held.interval.high:.2f} ({held.ruling})"
        if held and held.interval
        else ""
    )
    cost = f"{each.model_bytes / 1e6:>7.1f} MB{1000 * median(each.seconds):>8.2f} ms{speed:>9}{memory:>7.0f} MB"
    return f"{each.candidate:<24}{cost}{rate:>9}  {loss}"
