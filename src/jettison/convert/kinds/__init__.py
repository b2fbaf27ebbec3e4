"""Kinds of models: what a manifest says of one, how it is asked, checked and signed. A kind a module.

A kind knows nothing of families, and an architecture nothing of kinds: they meet in the task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from jettison.records import Check

from . import encoder, seq2seq

if TYPE_CHECKING:
    from jettison.convert.forms import Form
    from jettison.convert.source import Source
    from jettison.runtimes.onnxruntime import Feed

__all__ = ["KINDS", "Kind", "kind_of"]


class Kind(Protocol):
    """A module of this shelf. Questions and answers are its own affair; there are as many of one as of the other."""

    TASKS: tuple[str, ...]
    FORMS: list[Form]
    """The forms that it can be converted to."""

    def entries(self, folder: Path, config: dict[str, Any]) -> dict[str, Any]:
        """What the manifest says of this kind of model beside what it says of all.

        :raises UnsupportedModel: settings that the runtime cannot keep.
        """
        ...

    def questions(self, found: Source, task: str, texts: Sequence[str]) -> tuple[Any, ...]:
        """What a conversion is checked with: made of the texts, or of random tokens where there are none."""
        ...

    def samples(self, questions: Sequence[Any]) -> Sequence[Any]:
        """What an architecture may look at to see how large its activations get."""
        ...

    def answers(self, folder: Path, questions: Sequence[Any]) -> Sequence[Any]:
        """What a converted model answers."""
        ...

    def feeds(self, folder: Path, questions: Sequence[Any], answers: Sequence[Any]) -> Sequence[tuple[str, Feed]]:
        """What the graphs of a converted model are given on the way to some of these answers, graphs by file name."""
        ...

    def canary(self, questions: Sequence[Any], answers: Sequence[Any]) -> Mapping[str, Any]:
        """Of these answers the one that the runtime looks for when it starts."""
        ...

    def check(self, teacher: Any, questions: Sequence[Any], answers: Sequence[Any]) -> Check:
        """The answers held against those of the reference."""
        ...


KINDS: list[Kind] = [seq2seq, encoder]


def kind_of(task: str) -> Kind:
    """The kind of model that does this task."""
    return next(kind for kind in KINDS if task in kind.TASKS)
