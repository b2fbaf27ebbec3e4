"""What would saturate without VNNI, form by form, by emulation and under QEMU: ``python -m bench.fleet [MODEL]``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from bench.dated import ROOT, plain, written

EXAMPLE = ROOT / "examples" / "pronounce"


def main() -> int:
    """Convert for AVX2, print a line a form, and write dated JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=EXAMPLE / "model", help="a Hugging Face folder")
    parser.add_argument("--texts", type=Path, help="texts to ask it, a text a line")
    options = parser.parse_args()

    from jettison.convert import candidates
    from jettison.records import finished
    from jettison.workspace import Workspace, cache_root

    if options.texts:
        texts = options.texts.read_text(encoding="utf-8").splitlines()
    else:
        lines = (EXAMPLE / "data" / "selection.jsonl").read_text(encoding="utf-8").splitlines()
        texts = [json.loads(line)["input"] for line in lines][:64]
    clock = time.monotonic()
    work = candidates(
        options.model, name="m", prompts=texts, workspace=Workspace(root=cache_root()), cpus=("avx2", "avx512_vnni")
    )
    made, rejected = finished(work)
    for each in made:
        sys.stdout.write(f"{each.name:<14} {each.fleet[0].words}\n")
    for no in rejected:
        sys.stdout.write(f"{no.name:<14} left out: {no.reason}\n")
    found = {
        "model": options.model.resolve().name if options.texts else "examples/pronounce",
        "seconds": round(time.monotonic() - clock, 1),
        "fleet": {each.name: [plain(check) for check in each.fleet] for each in made},
        "rejected": {no.name: no.reason for no in rejected},
    }
    sys.stdout.write(f"{written('fleet', found)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
