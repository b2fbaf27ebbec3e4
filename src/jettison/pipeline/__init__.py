"""The story: the rooms called in order, meeting only here and only through records."""

from __future__ import annotations

from .alone import adapted, packed
from .certifying import EnvelopeWish
from .contest import Contest, compared
from .contestants import OwnApp
from .placing import Told, placed
from .soaking import SoakWish, soak
from .story import PLAN, optimized
from .verification import verified
from .wish import Wish, check_ready

__all__ = [
    "PLAN",
    "Contest",
    "EnvelopeWish",
    "OwnApp",
    "SoakWish",
    "Told",
    "Wish",
    "adapted",
    "check_ready",
    "compared",
    "optimized",
    "packed",
    "placed",
    "soak",
    "verified",
]
