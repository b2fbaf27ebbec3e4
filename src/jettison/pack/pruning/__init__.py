"""What of the installed libraries the image can do without. A rule a module or a row, each with its reason.

Nothing is deleted: the rules say which files stay out of the layer, and the RECORD of every distribution is
written without them, so that ``importlib.metadata`` and scanners see what is really there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ..libraries import Libraries
from . import by_name, compiled_sources, duplicate_engine, numpy_random, scripts, unimported
from .needed import Needed, needed
from .pruned import Pruned, Removal, pruned

__all__ = ["RULES", "Needed", "Pruned", "Removal", "Rule", "needed", "pruned"]


class Rule(Protocol):
    """A module of this shelf."""

    def removals(self, libraries: Libraries, needed: Needed) -> Iterable[Removal]:
        """Everything that this rule leaves out."""
        ...


RULES: list[Rule] = [unimported, duplicate_engine, by_name, numpy_random, compiled_sources, scripts]
