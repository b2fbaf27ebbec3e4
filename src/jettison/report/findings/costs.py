"""Bytes of several findings added up, each byte once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ...records import Finding, Saving
from ..figures import bytes_text

Known = Literal["measured", "weighed", "table"]
KNOWN: tuple[Known, ...] = ("measured", "weighed", "table")
HOW: dict[Known, str] = {"measured": "measured", "weighed": "weighed", "table": "from the table"}


@dataclass(frozen=True, kw_only=True)
class Costs:
    """A sum, and how its parts are known."""

    measured: int = 0
    weighed: int = 0
    table: int = 0

    @property
    def size_bytes(self) -> int:
        """Together."""
        return self.measured + self.weighed + self.table

    @property
    def text(self) -> str:
        """``6.45 GB (weighed 6.1 GB, from the table 350 MB)``."""
        parts = [(HOW[known], getattr(self, known)) for known in KNOWN if getattr(self, known)]
        if len(parts) == 1:
            return f"{bytes_text(self.size_bytes)} ({parts[0][0]})"
        return f"{bytes_text(self.size_bytes)} ({', '.join(f'{how} {bytes_text(size)}' for how, size in parts)})"


def costs(findings: Iterable[Finding]) -> Costs:
    """What the findings cost together. Of those that are about the same files or distributions, the largest counts."""
    savings = [each.saving for each in findings if each.saving is not None and each.saving.size_bytes > 0]
    counted: set[str] = set()
    sums = dict.fromkeys(KNOWN, 0)
    for saving in sorted(savings, key=lambda each: -each.size_bytes):
        if counted.isdisjoint(_with_parents(saving)):
            sums[saving.known] += saving.size_bytes
        counted.update(saving.about)
    return Costs(**sums)


def _with_parents(saving: Saving) -> set[str]:
    """What it is about, with the folders around each path: a folder that counts has all below it."""
    parents = (each.split("/")[:depth] for each in saving.about for depth in range(1, each.count("/") + 1))
    return {*saving.about, *("/".join(each) for each in parents)}
