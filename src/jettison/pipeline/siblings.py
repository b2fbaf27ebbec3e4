"""Lighter published models in place of the one that a service uses, from a dated table (``siblings.toml``)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from jettison.records import Checkpoint

_WITHIN = 0.15
"""Of the bytes that the parameters take: vocabularies and heads differ."""
_WIDTHS = (4, 2)
"""Bytes a weight."""


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """A lighter model."""

    name: str
    parameters: int
    score: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Heavy:
    """A model that services use, by one measure."""

    title: str
    names: tuple[str, ...]
    architecture: str
    parameters: int
    score: float
    on: str
    asked: bool
    siblings: tuple[Sibling, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """All of it, and when it was last looked through."""

    date: str
    heavy: tuple[Heavy, ...]


@cache
def table() -> Table:
    """The table of this version."""
    return msgspec.convert(tomllib.loads(Path(__file__).with_name("siblings.toml").read_text("utf-8")), Table)


def lighter(checkpoint: Checkpoint) -> Iterator[str]:
    """A sentence for every lighter model that could do the work of this one, with how to compare the two."""
    for heavy in table().heavy:
        if _is(heavy, checkpoint):
            for sibling in heavy.siblings:
                yield _sentence(heavy, sibling, checkpoint)


def _is(heavy: Heavy, checkpoint: Checkpoint) -> bool:
    last = checkpoint.name.rstrip("/").rsplit("/", 1)[-1].lower()
    if last.startswith(heavy.names):
        return True
    expected = (heavy.parameters * width for width in _WIDTHS)
    near = any(abs(checkpoint.size_bytes - size) <= _WITHIN * size for size in expected)
    return checkpoint.architecture == heavy.architecture and near


def _sentence(heavy: Heavy, sibling: Sibling, checkpoint: Checkpoint) -> str:
    how = (
        f"`jettison compare {checkpoint.name} {sibling.name.rsplit('/', 1)[-1]} --data labelled.jsonl`"
        if heavy.asked
        else "point a copy of the service at it, and run `jettison optimize` on both with the same requests"
    )
    sizes = f"{_millions(sibling.parameters)} parameters against {_millions(heavy.parameters)} of {heavy.title}"
    scores = f"{sibling.score:g} against {heavy.score:g} by {heavy.on}"
    return (
        f"A lighter model worth trying: {sibling.name}, {sizes}; published: {scores} ({sibling.source}; "
        f"table of {table().date}). Train it as this one was trained, then compare: {how}."
    )


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.3g} million"
