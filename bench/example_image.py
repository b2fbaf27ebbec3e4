"""The example service's image, as `jettison optimize` writes it: made once, and used by what measures it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .dated import ROOT

OUT = ROOT / "out" / "pronounce"


def example_image() -> Path:
    """The folder that ``make demo`` fills; made now, where it is not there."""
    if not (OUT / "image" / "index.json").is_file():
        command = [sys.executable, "-m", "jettison", "optimize", str(ROOT / "examples" / "pronounce")]
        subprocess.run([*command, "--out", str(OUT)], check=True)
    return OUT
