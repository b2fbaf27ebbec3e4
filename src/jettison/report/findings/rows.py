"""What lint found in a service that was optimized, a row a finding, the dearest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...records import Finding
from ..figures import visible
from .sentences import cost, mending


@dataclass(frozen=True, kw_only=True)
class Row:
    """One finding in words."""

    code: str
    place: str
    message: str
    cost: str
    mending: str


def rows(findings: Iterable[Finding]) -> tuple[Row, ...]:
    """All of them, those first that cost most."""
    ordered = sorted(findings, key=lambda each: -(each.saving.size_bytes if each.saving else 0))
    return tuple(
        Row(
            code=each.code,
            place=visible(each.place, 80),
            message=visible(each.message, 300),
            cost=cost(each.saving),
            mending=mending(each),
        )
        for each in ordered
    )
