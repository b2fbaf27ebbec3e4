"""``python -m bench.soak_image [OUT] [--minutes N]``: the packed example image keeps at most 8 bytes a request."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from jettison.commands import arguments
from jettison.commands.progress import drawn
from jettison.pipeline import SoakWish, soak
from jettison.soak import QUICK

from .dated import plain, written
from .example_image import example_image

ENDPOINT = "POST /pronounce"
MINUTES = 20.0
MOST_BYTES = 8.0
_MARGIN = 1.25
"""More requests than follow from the short run: a shared machine gets faster, and the minutes are what is promised."""


def measured(out: Path | None = None, minutes: float = MINUTES) -> dict[str, Any]:
    """The verdict on so many minutes of equal batches; how many requests they are, a short run tells."""
    first = _soaked(out, batch=QUICK.batch)
    repeated = [each for each in first.readings if each.phase == "repeated"]
    seconds = (repeated[-1].seconds - repeated[0].seconds) / (repeated[-1].requests - repeated[0].requests)
    took = 0.0
    while took < minutes:
        batch = max(QUICK.batch, int(60 * minutes / seconds / QUICK.batches * _MARGIN))
        found = _soaked(out, batch=batch)
        repeated = [each for each in found.readings if each.phase == "repeated"]
        took = (repeated[-1].seconds - repeated[0].seconds) / 60
        seconds = 60 * took / (repeated[-1].requests - repeated[0].requests)
    return {
        "minutes": took,
        "requests": repeated[-1].requests - repeated[0].requests,
        "kept": plain(found.kept),
        "cause": found.cause,
        "reason": found.reason,
        "at_most_8_bytes_a_request": found.kept is not None and found.kept.high <= MOST_BYTES,
        "in_use_bytes": [each.in_use_bytes for each in repeated],
        "resident_bytes": [each.resident_bytes for each in repeated],
    }


def _soaked(out: Path | None, *, batch: int) -> Any:
    plan = replace(QUICK, batch=batch, batches=24, doublings=0)
    wish = SoakWish(service=out or example_image(), endpoints=(ENDPOINT,), plan=plan)
    (growth,) = drawn(soak(wish, arguments.workspace())).growths
    return growth


def main() -> int:
    """1 where more may stay."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak_image", description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, help="a folder that `jettison optimize` wrote")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    options = parser.parse_args()
    found = measured(options.out, options.minutes)
    print(f"{found['minutes']:.1f} minutes, {found['requests']:,} requests: {found['cause']}, {found['kept']}")
    print(written("soak-image", found))
    return 0 if found["at_most_8_bytes_a_request"] else 1


if __name__ == "__main__":
    sys.exit(main())
