"""Why a model is as large as it is: every byte of its files under one cause."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One reason for bytes."""

    key: str
    """A fixed word for programs."""
    what: str
    """In words."""
    size_bytes: int
    places: tuple[str, ...] = ()
    """Tensors or files, the largest first."""
    saves_bytes: int = 0
    """What the remedy takes away of them, about."""
    remedy: str = ""
    """What to do: a command, or a sentence."""


@dataclass(frozen=True, kw_only=True)
class SizeAccount:
    """A model's bytes by cause."""

    path: Path
    file_bytes: tuple[tuple[str, int], ...]
    """Name within the folder and size, the largest first."""
    causes: tuple[Cause, ...]
    """The largest first; together they are the files, to the byte."""
    notes: tuple[str, ...] = ()
    """What could not be looked into, and why."""

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(size for _, size in self.file_bytes)

    @property
    def saves_bytes(self) -> int:
        """What all remedies take away together, about."""
        return sum(cause.saves_bytes for cause in self.causes)
