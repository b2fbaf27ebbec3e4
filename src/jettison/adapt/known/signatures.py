"""How the facade's functions are described in the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal


@dataclass(frozen=True, kw_only=True)
class Only:
    """The values under which an option means the same with and without torch, as literals of the source."""

    values: tuple[object, ...]


ANY: Final = "any"
"""The runtime takes the option with whatever value."""

Allowed = Only | Literal["any"]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What may be passed to a function of the facade."""

    positional: tuple[str, ...] = ()
    options: Mapping[str, Allowed] = field(default_factory=dict)
    """By keyword; the positional ones may also be given so."""
    dropped: Mapping[str, Allowed] = field(default_factory=dict)
    """Options of transformers that the facade lacks and that change no answer: taken out."""
