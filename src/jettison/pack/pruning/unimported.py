"""Whole distributions that nothing in the service imports. Never single files: those may be reached in ways unseen."""

from __future__ import annotations

from collections.abc import Iterator

from ..libraries import Libraries
from .needed import Needed
from .pruned import Removal

REASON = "nothing in the service imports it"


def removals(libraries: Libraries, needed: Needed) -> Iterator[Removal]:
    """One for every distribution."""
    for distribution in libraries.distributions:
        if distribution.name not in needed.distributions:
            yield Removal(
                rule=f"never imported: {distribution.name}", reason=REASON, files=frozenset(distribution.files)
            )
