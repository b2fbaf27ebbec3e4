"""What lint found in the service's sources, as both the page and the terminal say it: the dearest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..records import Finding, FixClass, Saving
from .figures import bytes_text, visible

FIX_WORDS: dict[FixClass, str] = {
    "safe": "`jettison lint --fix` mends it",
    "verify": "`jettison lint --fix-verify` mends it, to be built and compared",
    "suggest": "for a person to decide",
}
KNOWN_AS = {"measured": "measured", "weighed": "weighed", "table": "by table"}


@dataclass(frozen=True, kw_only=True)
class FoundLine:
    """One finding in words."""

    code: str
    place: str
    message: str
    size: str
    """``1.07 GB, weighed``; empty where no figure is known."""
    fix: str


def found_lines(findings: Iterable[Finding]) -> tuple[FoundLine, ...]:
    """All of them, those first that cost most."""
    ordered = sorted(findings, key=lambda each: -(each.saving.size_bytes if each.saving else 0))
    return tuple(
        FoundLine(
            code=each.code,
            place=visible(each.place, 80),
            message=visible(each.message, 300),
            size=size_text(each.saving),
            fix=FIX_WORDS[each.fix],
        )
        for each in ordered
    )


def size_text(saving: Saving | None) -> str:
    """Bytes and how they are known; empty for none."""
    if saving is None or not saving.size_bytes:
        return ""
    return f"{bytes_text(saving.size_bytes)}, {KNOWN_AS[saving.known]}"
