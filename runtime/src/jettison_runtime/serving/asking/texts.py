"""What all tasks with texts have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .fields import Field
from .kinds import OneOrSeveral, Text

if TYPE_CHECKING:
    from . import Bounds

EXAMPLE = "The quick brown fox jumps over the lazy dog."


def field(bounds: Bounds, meaning: str = "One text, or a list of texts", *, containing: str = "") -> Field:
    """The field ``text``."""
    kind = OneOrSeveral(Text(bounds.characters, containing=containing), bounds.batch)
    return Field("text", kind, meaning, needed=True)
