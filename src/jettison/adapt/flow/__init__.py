"""Following values through the service's code, from where transformers makes them to wherever they go.

Read `kinds` first (what a value can be), then `reading` (the rounds), `statements` and `branches` (from top to
bottom, names changing on the way), `expressions`, `members` and `calls` (from the inside out). It is an abstract
interpretation: every place (`memory`) holds the set of all kinds that were ever seen to be put there.
"""

from __future__ import annotations

from .memory import TooEntangled
from .reading import reading

__all__ = ["TooEntangled", "reading"]
