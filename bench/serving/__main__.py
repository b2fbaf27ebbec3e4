"""``python -m bench.serving``: what the model server costs, and what it does under too much load."""

from __future__ import annotations

import argparse
import json
import sys

from . import cost, drained, overload


def main(argv: list[str]) -> int:
    """Measure and print; `bench.evidence serving` writes it down."""
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument("part", nargs="*", choices=["cost", "overload", "drained", []], help="default: all")
    parser.add_argument("--seconds", type=float, help="of a round, or of the overload")
    options = parser.parse_args(argv)
    given = {} if options.seconds is None else {"seconds": options.seconds}
    parts = options.part or ["cost", "overload", "drained"]
    found = {}
    if "cost" in parts:
        found["cost"] = cost(print, **given)
    if "overload" in parts:
        found["overload"] = overload(print, **given)
    if "drained" in parts:
        found["drained"] = drained(print)
    print(
        json.dumps(
            {name: {key: value for key, value in each.items() if key != "samples"} for name, each in found.items()},
            indent=1,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
