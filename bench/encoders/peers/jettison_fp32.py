"""Ours in the form ``fp32``."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison fp32"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load


def convert(checkpoint: Path, into: Path) -> None:
    """One form."""
    jettison.convert(checkpoint, into, "fp32")
