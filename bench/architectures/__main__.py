"""``python -m bench.architectures``: every architecture: converts, agrees with the original, speed-up, size.

Random weights. Writes ``OUT/DATE-architectures.json`` and the table ``architectures.md``; where a row has no number it
has the reason that ``jettison convert`` gave.
"""

from __future__ import annotations

import argparse
import functools
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers

from jettison.commands.arguments import workspace
from jettison.statistics import median

from ..contest import Cell, Contest, Found, run
from ..crew import station
from ..dated import written as dated
from .cases import Case, cases
from .peers import PEERS

SHELF = Path(__file__).parent


def main(argv: list[str]) -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.architectures", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=40.0, help="for everything, set-up included (default: 40)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only architectures with this text in their name")
    parser.add_argument("--work", type=Path, default=Path("out/architectures"), help="checkpoints and converted models")
    parser.add_argument("--out", type=Path, default=Path("evidence"), help="where the results go")
    options = parser.parse_args(argv)
    python = station(SHELF, PEERS[0], workspace()).python
    asked = {case.name: case for case in cases() if options.only in case.name}
    contest = Contest(
        shelf=SHELF,
        models={name: functools.partial(checkpoint, case, python) for name, case in asked.items()},
        cells=tuple(Cell(name=name, model=name, question=case.question) for name, case in asked.items()),
        peers=PEERS,
        likeness=likeness,
        work=options.work,
        seconds=60 * options.minutes,
        apart=True,
    )
    found = run(contest)
    print(dated("architectures", asdict(found), options.out))
    table = options.out / "architectures.md"
    table.write_text("\n".join(_table(found, asked)) + "\n", encoding="utf-8")
    print(table)
    return 0


def checkpoint(case: Case, python: Path, folder: Path) -> Path:
    """Random weights, drawn and saved by transformers, and a tokenizer with as many words."""
    if not (folder / "model.safetensors").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.json"
        config.write_text(json.dumps(case.config))
        if case.kind == "image":
            settings = {"image_processor_type": "ViTImageProcessor", "size": {"height": case.side, "width": case.side}}
            (folder / "preprocessor_config.json").write_text(json.dumps(settings))
        else:
            _tokenizer(case.config["vocab_size"]).save(str(folder / "tokenizer.json"))
            (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 512}))
        subprocess.run([python, SHELF / "peers" / "eager.py", config], check=True, env={"PYTHONPATH": str(SHELF)})
    return folder


def likeness(baseline: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    """Cosine of the outputs; for text the share of equal tokens."""
    import numpy as np

    if "tokens" in baseline:
        pairs = list(zip(baseline["tokens"], answer["tokens"], strict=False))
        return float(sum(a == b for a, b in pairs) / len(pairs))
    one, other = np.array(baseline["numbers"]), np.array(answer["numbers"])
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def _tokenizer(size: int) -> Tokenizer:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += [f"w{number}" for number in range(size - len(words))]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


def _table(found: Found, asked: Mapping[str, Case]) -> Iterator[str]:
    yield "| architecture | fp32: agrees | times faster | int8: agrees | times faster | times smaller |"
    yield "|---|---|---|---|---|---|"
    for name in asked:
        cells = [_cells(found, name, peer) for peer in PEERS[1:]]
        if all(cells):
            (agrees, faster, _), (other_agrees, other_faster, smaller) = [each for each in cells if each]
            yield f"| {name} | {agrees} | {faster} | {other_agrees} | {other_faster} | {smaller} |"
        else:
            reasons = {found.lost.get(f"{name}/{peer}", "") for peer in PEERS} - {""}
            yield f"| {name} | rejected: {'; '.join(sorted(reasons)) or 'the time did not reach it'} | | | | |"


def _cells(found: Found, name: str, peer: str) -> tuple[str, str, str] | None:
    seconds, size = found.seconds.get(name, {}), found.peers.get(f"{name}/{peer}")
    if not seconds.get(peer) or not size:
        return None
    first = PEERS[0]
    faster = median(seconds[first]) / median(seconds[peer])
    smaller = found.peers[f"{name}/{first}"]["bytes"] / size["bytes"]
    return f"{found.agreement[name][peer]:.4f}", f"{faster:.2f}", f"{smaller:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
