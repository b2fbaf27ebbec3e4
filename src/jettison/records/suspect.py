"""Lines of a service's code that are known to cost memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SuspectCode = Literal[
    "model-per-request", "model-per-worker", "model-before-fork", "growing-global", "endless-cache", "gradients-kept"
]


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """One such line, found by reading and not by running."""

    code: SuspectCode
    file: str
    """Relative to the service's folder."""
    line: int
    source: str
    """The line as it stands there."""
    message: str
    """What it does."""
    advice: str
    """What to write instead."""
    name: str = ""
    """What grows, as the code names it."""

    @property
    def place(self) -> str:
        """``app.py:12``."""
        return f"{self.file}:{self.line}"
