"""Ours in 32-bit floats."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison fp32"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load
FORMS = ("fp32",)


def convert(checkpoint: Path, into: Path) -> None:
    """The first of the forms that there is for this kind of model."""
    jettison.convert(checkpoint, into, FORMS)
