"""What `jettison lint` found, on a shelf of formats: each is one module with a name and a `render`.

`costs` adds the bytes up, each once; `page` is a rule explained, `overview` the list of all.
"""

from __future__ import annotations

from typing import Protocol

from . import github, json, markdown, sarif, terminal
from .costs import Costs, costs
from .pages import overview, page, pages
from .shown import Shown

__all__ = ["FORMATS", "Costs", "Format", "Shown", "costs", "format_named", "overview", "page", "pages"]


class Format(Protocol):
    """What a module on this shelf offers."""

    NAME: str

    def render(self, shown: Shown) -> object:
        """A text, or what rich draws on a terminal."""


FORMATS: list[Format] = [terminal, json, sarif, github, markdown]


def format_named(name: str) -> Format:
    """The format of that name."""
    return {each.NAME: each for each in FORMATS}[name]
