"""``make bench``: the example's model in every form against torch and transformers, in one interleaved run."""

from __future__ import annotations

import sys
from pathlib import Path

from jettison.commands import main

EXAMPLE = Path(__file__).parent.parent / "examples" / "pronounce"
CONVERTED = Path("out/bench-forms")


def run() -> int:
    """Convert, then compare; both by the commands that a user has."""
    texts = Path("out/bench-texts.txt")
    texts.parent.mkdir(exist_ok=True)
    texts.write_text("transformer\npronounce\nstraightforward\no'clock\n")
    code = main(["convert", str(EXAMPLE / "model"), "--out", str(CONVERTED), "--texts", str(texts)])
    if code:
        return code
    forms = [str(folder) for folder in sorted(CONVERTED.iterdir()) if folder.is_dir()]
    data = str(EXAMPLE / "data" / "selection.jsonl")
    models = [str(EXAMPLE / "model"), *forms]
    return main(["compare", *models, "--data", data, "--option", "max_new_tokens=24", "--loss-points", "0.5"])


if __name__ == "__main__":
    sys.exit(run())
