"""``python -m bench.envelope [OUT] [--seconds N]``: the memory envelope of the packed example image, and its proof.

Under the limit it lives through the worst admitted mix; unguarded under 30 % less it is killed; guarded under 15 % less
it does not start. Five minutes of load, and two more for the measurement.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from jettison.commands import arguments
from jettison.commands.progress import drawn
from jettison.pipeline import EnvelopeWish, SoakWish, soak
from jettison.records import Envelope, Trial
from jettison.soak import QUICK

from .dated import plain, written
from .example_image import example_image

ENDPOINT = "POST /pronounce"
SECONDS = 300.0
MOST_BODY_BYTES = 64 << 10


def measured(out: Path | None = None, seconds: float = SECONDS) -> dict[str, Any]:
    """Terms, trials, and whether what is promised holds."""
    asked = EnvelopeWish(max_body_bytes=MOST_BODY_BYTES, prove_seconds=seconds)
    wish = SoakWish(
        service=out or example_image(), endpoints=(ENDPOINT,), plan=replace(QUICK, doublings=0), envelope=asked
    )
    found = drawn(soak(wish, arguments.workspace())).envelope
    assert found is not None
    held, unguarded, guarded = found.trials
    names = ("base", "retained", "each", "files", "margin", "leaked", "spare", "limit")
    return {
        "terms": {f"{name}_bytes": getattr(found, f"{name}_bytes") for name in names},
        "promised": {
            "lives at its limit": held.outcome == "held" and held.seconds >= seconds,
            "needs at least 80 % of it": held.share >= 0.8,
            "is killed under 30 % less, unguarded": unguarded.outcome == "killed",
            "does not start under 15 % less": guarded.outcome == "refused",
        },
        "share": held.share,
        "said": [_said(found, trial) for trial in found.trials],
        "envelope": plain(found),
    }


def _said(found: Envelope, trial: Trial) -> str:
    answers = sum(count for status, count in trial.statuses if status)
    return f"{trial.limit_bytes / found.limit_bytes:.0%}: {trial.outcome}, {answers} answers {trial.said}".strip()


def main() -> int:
    """1 where something that is promised does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.envelope", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, help="a folder that `jettison optimize` wrote")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    found = measured(options.out, options.seconds)
    for line in (*found["said"], *(f"{holds}: {what}" for what, holds in found["promised"].items())):
        print(line)
    print(written("envelope", found))
    return 0 if all(found["promised"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
