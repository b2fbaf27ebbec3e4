"""``python -m bench.seq2seq``: every peer on the standard sizes, in interleaved rounds, within a time that is set.

Writes ``OUT/seq2seq.json`` (every sample), ``seq2seq.svg`` and a table; `bench/README.md` is made of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .cells import SIZES
from .contest import Contest, run
from .peers import PEERS
from .written import written


def main(argv: list[str]) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.seq2seq", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=38.0, help="for everything, set-up included (default: 38)")
    parser.add_argument("--size", action="append", choices=tuple(SIZES), help="default: all")
    parser.add_argument("--peer", action="append", choices=PEERS, help="default: all; the first is the baseline")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cells with this text in their name")
    parser.add_argument("--work", type=Path, default=Path("out/seq2seq"), help="checkpoints and converted models")
    parser.add_argument("--out", type=Path, default=Path("evidence"), help="where the results go")
    options = parser.parse_args(argv)
    contest = Contest(
        work=options.work,
        sizes=tuple(options.size or SIZES),
        peers=tuple(options.peer or PEERS),
        only=options.only,
        seconds=60 * options.minutes,
    )
    for path in written(run(contest), options.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
