"""Ours in 32-bit floats."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison fp32"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load


def convert(checkpoint: Path, into: Path) -> None:
    """The form fp32."""
    jettison.convert(checkpoint, into, dict.fromkeys(("encoder", "seq2seq", "graph"), ("fp32",)))
