"""Ours in the form ``int8-balanced``."""

from __future__ import annotations

from pathlib import Path

from . import jettison

NAME = "jettison int8-balanced"
REQUIREMENTS = jettison.REQUIREMENTS
FILES = jettison.FILES
load = jettison.load


def convert(checkpoint: Path, into: Path) -> None:
    """One form."""
    jettison.convert(checkpoint, into, "int8-balanced")
