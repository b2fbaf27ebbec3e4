"""Lines that are known to cost memory, found in a service's sources: a rule a module, listed in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from ...records import Deployment, Suspect
from . import endless_cache, forked_models, gradients, growing_global, loaded_per_request
from .fillings import fillings
from .served import Served, served


class Rule(Protocol):
    """A module of this shelf."""

    def found(self, app: Served) -> Iterator[Suspect]:
        """What it finds, in the order of the sources."""
        ...


RULES: list[Rule] = [loaded_per_request, growing_global, endless_cache, gradients, forked_models]


def suspects(found: Deployment) -> tuple[Suspect, ...]:
    """What the rules find in the sources that the image holds; sources that do not parse are passed by."""
    app = served(found)
    return tuple(suspect for rule in RULES for suspect in rule.found(app))


_MOST_LINES = 6


def filled_at(found: Deployment) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Gives ``file:line`` where the sources add to the first of some names, of those to which anything is added."""
    modules = served(found).modules

    def lines(names: Sequence[str]) -> tuple[str, ...]:
        for name in names:
            places = [
                f"{module.source}:{line}"
                for module in modules
                for line in sorted({node.lineno for node in fillings(module.tree, name)})
            ]
            if places:
                return tuple(places[:_MOST_LINES])
        return ()

    return lines
