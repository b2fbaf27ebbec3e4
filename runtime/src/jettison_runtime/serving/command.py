"""The command line of a server: flags, and for each of them an environment variable."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from .settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a model folder until told to stop; gives back the exit code."""
    parser = argparse.ArgumentParser(prog="python -m jettison_runtime.serving", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--host", default="0.0.0.0")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    options = parser.parse_args(arguments)
    from .process import run

    return run(Settings(**{key: value for key, value in vars(options).items() if key in _NAMES}))


_NAMES = {each.name for each in fields(Settings)}

if __name__ == "__main__":
    sys.exit(main())
