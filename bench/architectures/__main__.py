"""``python -m bench.architectures``: every architecture: converts, agrees with the original, speed-up, size.

Random weights. Writes ``OUT/DATE-architectures.json`` and the table ``architectures.md`` after every architecture, so
that a run which is stopped leaves what it saw; where a row has no number it has the reason that ``jettison convert``
gave.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers

from jettison.commands.arguments import workspace
from jettison.statistics import median

from ..contest import Cell, Contest, Found, run
from ..crew import Lost, station
from ..dated import EVIDENCE
from ..dated import written as dated
from .cases import Case, cases
from .peers import PEERS

SHELF = Path(__file__).parent
WORK, TABLE = Path("out/architectures"), "architectures.md"
_ROWS = 16


def main(argv: list[str]) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.architectures", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=40.0, help="for everything, set-up included (default: 40)")
    parser.add_argument("--patience", type=float, default=6.0, help="minutes for one conversion (default: 6)")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="only architectures with this (or another) text in their name"
    )
    parser.add_argument("--work", type=Path, default=WORK, help="checkpoints and converted models")
    parser.add_argument("--out", type=Path, default=EVIDENCE, help="where the results go")
    options = parser.parse_args(argv)
    try:
        measured(**vars(options))
    except Lost as cause:
        print(f"the original's environment cannot be made: {cause}", file=sys.stderr)
        return 1
    print(options.out / TABLE)
    return 0


def measured(
    *,
    minutes: float = 40.0,
    patience: float = 6.0,
    only: Sequence[str] | None = None,
    work: Path = WORK,
    out: Path = EVIDENCE,
) -> dict[str, Any]:
    """What was seen, written to `out` after every architecture.

    :raises Lost: there is no environment for the original.
    """
    python = station(SHELF, PEERS[0], workspace()).python
    asked = {case.name: case for case in cases() if any(text in case.name for text in only or [""])}
    contest = Contest(
        shelf=SHELF,
        models={name: functools.partial(checkpoint, case, python) for name, case in asked.items()},
        cells=tuple(Cell(name=name, model=name, question=case.question) for name, case in asked.items()),
        peers=PEERS,
        likeness=likeness,
        work=work,
        seconds=60 * minutes,
        patience=60 * patience,
        apart=True,
        kept=lambda found: _write(found, asked, out),
    )
    found = run(contest)
    _write(found, asked, out)
    return asdict(found)


def checkpoint(case: Case, python: Path, folder: Path) -> Path:
    """Random weights, drawn and saved by their library; a tokenizer with as many words, or what precedes a graph.

    :raises Lost: the library does not make it, with its reason.
    """
    if not (folder / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.json"
        config.write_text(json.dumps(case.config))
        if case.kind == "graph":
            np.savez(folder / "samples.npz", given=_samples(case.shape))
            if case.processor:
                (folder / "preprocessor_config.json").write_text(json.dumps(case.processor))
        else:
            _tokenizer(case.config["vocab_size"]).save(str(folder / "tokenizer.json"))
            (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
        command = [str(python.absolute()), "-m", "peers.eager", str(config.absolute())]
        made = subprocess.run(command, cwd=SHELF, capture_output=True, text=True, check=False)
        if made.returncode:
            raise Lost(
                f"its weights cannot be drawn: {(made.stderr.strip().splitlines() or [f'code {made.returncode}'])[-1]}"
            )
    return folder


def likeness(baseline: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Cosine of the outputs; for text the share of equal tokens; 0 for an answer of another size."""
    if "tokens" in baseline:
        pairs = list(zip(baseline["tokens"], answer["tokens"], strict=False))
        return float(sum(a == b for a, b in pairs) / len(pairs))
    one, other = np.array(baseline["numbers"]), np.array(answer["numbers"])
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other))) if len(one) == len(other) else 0.0


def _samples(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Smooth noise, as pictures and sounds are: neighbours are alike."""
    noise = np.random.default_rng(0).standard_normal((_ROWS, *shape), dtype=np.float32)
    for axis in range(1 if len(shape) < 3 else 2, noise.ndim):
        noise = sum((np.roll(noise, step, axis) for step in (1, 2, 3)), noise)
    smooth: NDArray[np.float32] = (noise / noise.std()).astype(np.float32)
    return smooth


def _tokenizer(size: int) -> Tokenizer:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"w{number}" for number in range(size - len(words))]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def _write(found: Found, asked: Mapping[str, Case], out: Path) -> None:
    """What was seen so far, as JSON and as a table."""
    dated("architectures", asdict(found), out)
    (out / TABLE).write_text("\n".join(_table(found, asked)) + "\n", encoding="utf-8")


def _table(found: Found, asked: Mapping[str, Case]) -> Iterator[str]:
    yield "| architecture | fp32: agrees | times faster | int8: agrees | times faster | times smaller |"
    yield "|---|---|---|---|---|---|"
    for name in asked:
        plain, eight = (_cells(found, name, peer) for peer in PEERS[1:])
        lost = any(f"{name}/{peer}" in found.lost for peer in PEERS)
        if plain is None and eight is None and not lost:
            yield f"| {name} | the time did not reach it | | | | |"
        elif plain is None and eight is None:
            yield f"| {name} | {_reasons(found, name, *PEERS)} | | | | |"
        else:
            left = " | ".join(plain[:2]) if plain else f"{_reasons(found, name, PEERS[1])} |"
            right = " | ".join(eight) if eight else f"{_reasons(found, name, PEERS[2])} | |"
            yield f"| {name} | {left} | {right} |"


def _reasons(found: Found, name: str, *peers: str) -> str:
    """Why there are no numbers."""
    reasons = dict.fromkeys(found.lost.get(f"{name}/{peer}", "") for peer in peers)
    return f"rejected: {'; '.join(reason.replace('|', '/') for reason in reasons if reason)}"


def _cells(found: Found, name: str, peer: str) -> tuple[str, str, str] | None:
    seconds, size = found.seconds.get(name, {}), found.peers.get(f"{name}/{peer}")
    first = PEERS[0]
    if not seconds.get(peer) or not seconds.get(first) or not size:
        return None
    faster = median(seconds[first]) / median(seconds[peer])
    smaller = found.peers[f"{name}/{first}"]["bytes"] / size["bytes"]
    return f"{found.agreement[name][peer]:.4f}", f"{faster:.2f}", f"{smaller:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
