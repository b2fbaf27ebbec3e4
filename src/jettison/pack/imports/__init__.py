"""What imports what, read from the source code. Nothing is executed."""

from __future__ import annotations

from .closure import Module, Place, closure
from .source import Imported, imported

__all__ = ["Imported", "Module", "Place", "closure", "imported"]
