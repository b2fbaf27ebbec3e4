"""Bytes with a cause: what the parts of an account are made of, and how they add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...records import Cause

_NAMED = 3
"""Places that a cause names."""


@dataclass(frozen=True, kw_only=True)
class Why:
    """A reason for bytes, and what to do about them."""

    key: str
    what: str
    saves: float = 0.0
    """Share of the bytes that the remedy takes away."""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some bytes of one file."""

    why: Why
    place: str
    size_bytes: int


def causes(pieces: Iterable[Piece]) -> tuple[Cause, ...]:
    """Pieces by cause, the largest first."""
    by_why: dict[Why, list[Piece]] = {}
    for piece in pieces:
        if piece.size_bytes:
            by_why.setdefault(piece.why, []).append(piece)
    found = [_cause(why, each) for why, each in by_why.items()]
    return tuple(sorted(found, key=lambda cause: -cause.size_bytes))


def _cause(why: Why, pieces: list[Piece]) -> Cause:
    total = sum(piece.size_bytes for piece in pieces)
    largest = sorted(pieces, key=lambda piece: -piece.size_bytes)
    names = list(dict.fromkeys(piece.place for piece in largest))
    return Cause(
        key=why.key,
        what=why.what,
        size_bytes=total,
        places=tuple(names[:_NAMED]) + ((f"and {len(names) - _NAMED} more",) if len(names) > _NAMED else ()),
        saves_bytes=round(why.saves * total),
        remedy=why.remedy,
    )
