"""What weighs what, and how we know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Known = Literal["built", "weighed", "table"]
"""How a figure is known: from bytes that we wrote; from the index or mirror that serves them; from a dated table."""

Group = Literal["base", "system", "python", "model", "app", "bytecode", "cache", "layers"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that takes room in an image."""

    name: str
    group: Group
    pulled_bytes: int | None
    """Compressed, as a registry sends it; None when not known."""
    unpacked_bytes: int
    known: Known
    source: str = ""
    """Where the figure comes from, and of what date when it is from a table."""
    required_by: tuple[str, ...] = ()
    """Who asked for it; empty for what the service names itself."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A whole image, part by part."""

    name: str
    """``as found``, ``CPU torch``, ``final``."""
    parts: tuple[Part, ...]
    missing: tuple[str, ...] = ()
    """What could not be weighed, and why, in sentences."""
    fetched_bytes: int = 0
    """Read out of the distributions to know this; the listings of the index, which a resolver reads, are not in it."""

    @property
    def unpacked_bytes(self) -> int:
        """Sum over the parts."""
        return sum(part.unpacked_bytes for part in self.parts)

    @property
    def pulled_bytes(self) -> int:
        """Sum over the parts whose compressed size is known."""
        return sum(part.pulled_bytes or 0 for part in self.parts)

    def group_bytes(self, group: Group) -> int:
        """Unpacked bytes of one group."""
        return sum(part.unpacked_bytes for part in self.parts if part.group == group)
