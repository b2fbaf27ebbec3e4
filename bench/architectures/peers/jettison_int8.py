"""Ours in 8 bits."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison int8"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load
FORMS = {
    "encoder": ("int8-balanced",),
    "seq2seq": ("int8-mixed",),
    "graph": ("int8-static", "int8-dynamic"),
}


def convert(checkpoint: Path, into: Path) -> None:
    """The first of the forms of 8 bits that there is for this kind of model."""
    jettison.convert(checkpoint, into, FORMS)
