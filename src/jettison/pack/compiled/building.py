"""Builds a wheel of the source in a folder, by the backend that the source names. A program of its own, run in a
workshop with the standard library only.

Its one argument is a JSON object: `source`, `build` and `wheels` are folders, `setup` are arguments of Meson's setup.
Steps are told in lines that begin with "note: ".
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

_STEP = re.compile(r"\[(\d+)/(\d+)\] ")
"""How Ninja says where it is."""


def main() -> int:
    """Build in a child, whose lines are looked through for steps."""
    if len(sys.argv) > 2:
        _build(json.loads(sys.argv[1]))
        return 0
    child = subprocess.Popen(
        [sys.executable, __file__, sys.argv[1], "build"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert child.stdout is not None
    for line in child.stdout:
        step = _STEP.match(line)
        sys.stdout.write(f"note: {step[1]} of {step[2]}\n" if step else line)
        sys.stdout.flush()
    return child.wait()


def _build(plan: dict[str, object]) -> None:
    source = Path(str(plan["source"]))
    os.chdir(source)
    backend = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["build-system"]["build-backend"]
    importlib.import_module(backend).build_wheel(
        str(plan["wheels"]), {"setup-args": plan["setup"], "build-dir": str(plan["build"])}
    )


if __name__ == "__main__":
    sys.exit(main())
