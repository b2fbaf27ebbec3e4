"""Ours in the form ``int8-mixed``: 8 bits, channels in the encoder and blocks in the decoder."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison int8-mixed"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load


def convert(checkpoint: Path, into: Path) -> None:
    """One form."""
    jettison.convert(checkpoint, into, "int8-mixed")
