"""``python -m bench.seq2seq``: every peer on the standard sizes, in interleaved rounds, within a time that is set.

Writes ``OUT/DATE-seq2seq.json`` (every sample), ``seq2seq.svg`` and a table; `bench/README.md` is made of them.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jettison.statistics import median

from ..contest import Contest, Found, run
from ..written import written
from .cells import NEW_TOKENS, SIZES, cells
from .peers import PEERS

SHELF = Path(__file__).parent
EXAMPLE = SHELF.parent.parent / "examples" / "summarize"


def main(argv: list[str]) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.seq2seq", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=38.0, help="for everything, set-up included (default: 38)")
    parser.add_argument("--size", action="append", choices=tuple(SIZES), help="default: all")
    parser.add_argument("--peer", action="append", choices=PEERS, help="default: all; the first is the baseline")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cells with this text in their name")
    parser.add_argument("--work", type=Path, default=Path("out/seq2seq"), help="checkpoints and converted models")
    parser.add_argument("--out", type=Path, default=Path("evidence"), help="where the results go")
    parser.add_argument("--name", default="seq2seq", help="of the files that are written (default: seq2seq)")
    options = parser.parse_args(argv)
    sizes = options.size or tuple(SIZES)
    contest = Contest(
        shelf=SHELF,
        models={size: functools.partial(checkpoint, size) for size in SIZES},
        cells=tuple(cell for cell in cells() if cell.model in sizes and options.only in cell.name),
        peers=tuple(options.peer or PEERS),
        likeness=same_tokens,
        work=options.work,
        seconds=60 * options.minutes,
    )
    for path in written(options.name, run(contest), options.out, notes=per_token):
        print(path)
    return 0


def checkpoint(size: str, folder: Path) -> Path:
    """Random weights at a scale at which outputs vary, in the standard geometry; the recipe is the example's."""
    if not (folder / "model.safetensors").is_file():
        spec = importlib.util.spec_from_file_location("make_model", EXAMPLE / "make_model.py")
        assert spec
        assert spec.loader
        recipe = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(recipe)
        settings = json.loads((EXAMPLE / "model" / "config.json").read_text(encoding="utf-8"))
        recipe.main(folder, {**settings, **SIZES[size]})
    return folder


def same_tokens(baseline: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Share of the tokens that are the baseline's, place by place."""
    rows = zip(baseline["tokens"], answer["tokens"], strict=False)
    pairs = [pair for one, other in rows for pair in zip(one, other, strict=False)]
    return sum(a == b for a, b in pairs) / len(pairs) if pairs else float("nan")


def per_token(found: Found) -> Iterator[str]:
    """What a token after the first costs, and how many bytes a second that is of the decoder's own."""
    for size in dict.fromkeys(key.partition("/")[0] for key in found.peers):
        whole = found.seconds.get(f"{size}, 32 in, {NEW_TOKENS} out", {})
        first = found.seconds.get(f"{size}, 32 in, 1 out", {})
        for peer in whole:
            if whole[peer] and first.get(peer):
                token = (median(whole[peer]) - median(first[peer])) / (NEW_TOKENS - 1)
                yield f"- {size}, {found.names[peer]}: {1000 * token:.2f} ms a token after the first"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
