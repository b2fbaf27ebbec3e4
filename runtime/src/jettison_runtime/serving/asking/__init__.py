"""How a model is asked in friendly JSON: a task a module, its fields declared once for the check and the document.

A module has the names of `Asking`. Whoever serves asks `question` for what a loaded model of a task takes, and gives it
bodies; it gives back answers as plain values. Nothing here knows HTTP beyond the type of a body.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from .fields import Fields
from .kinds import Base64, Schema, Text
from .unfit import Unfit

__all__ = ["Asking", "Bounds", "Question", "Unfit", "question"]

_TEXT = "text"


@dataclass(frozen=True)
class Bounds:
    """What one request may hold."""

    file_bytes: int = 12_000_000
    batch: int = 32
    """Texts or files at once."""
    rows: int = 32
    """Sequences that are generated at once: texts times beams."""
    characters: int = 100_000
    """Of one text."""
    tokens: int = 2048
    """Of one text, for a model that names no limit of its own."""
    pixels: int = 25_000_000
    """Of one picture, by its header: 3 bytes each once decoded, and about twice that while it is turned."""
    sound_seconds: float = 60
    """Of one sound, for a model that reads it whole: attention takes memory by the square."""


class Asking(Protocol):
    """A module of this folder.

    Beside these names it may have ``FILE`` and ``MEDIA`` (the field that a body of a file stands for, and its types),
    ``TOGETHER`` (texts of several questions may be answered in one call), ``pieces`` (an answer in pieces) and
    ``check_rows`` (bounds on texts and options together).
    """

    VERB: str
    """The route: ``classify``."""
    SUMMARY: str
    KIND: str
    """How the page draws an answer: text, labels, entities, answers, fillings, vector."""

    def fields(self, model: Any, bounds: Bounds) -> Fields:
        """What a question holds."""
        ...

    def example(self, model: Any) -> dict[str, Any]:
        """A question that this model can answer."""
        ...

    def answer_schema(self, model: Any, bounds: Bounds) -> Schema:
        """Of one entry of ``answers``."""
        ...

    def answers(self, model: Any, asked: Mapping[str, Any], bounds: Bounds) -> Sequence[Any]:
        """What is answered, as values that JSON has.

        :raises ValueError: a question that this model cannot answer.
        """
        ...


_MODULES = {
    "text2text-generation": "text2text",
    "text-classification": "text_classification",
    "token-classification": "token_classification",
    "question-answering": "question_answering",
    "fill-mask": "mask_filling",
    "feature-extraction": "text_embedding",
    "image-classification": "image_classification",
    "image-feature-extraction": "image_embedding",
    "audio-classification": "audio_classification",
}


@dataclass(frozen=True)
class Question:
    """What one loaded model takes in friendly JSON."""

    asking: Asking
    model: Any
    bounds: Bounds
    fields: Fields

    @property
    def path(self) -> str:
        """The route: ``/classify``."""
        return f"/{self.asking.VERB}"

    @property
    def file_field(self) -> str:
        """The field that a body of a file stands for; empty where only JSON is taken."""
        return str(getattr(self.asking, "FILE", ""))

    @property
    def media(self) -> tuple[str, ...]:
        """The types of a body of a file."""
        return tuple(getattr(self.asking, "MEDIA", ()))

    @property
    def streams(self) -> bool:
        """Answers can be had in pieces."""
        return hasattr(self.asking, "pieces")

    def read(self, body: Any) -> dict[str, Any]:
        """What a JSON body asks.

        :raises Unfit: naming the field.
        """
        return self.fields.read(body)

    def read_file(self, raw: bytes) -> dict[str, Any]:
        """What a body of a file asks.

        :raises Unfit: naming the field.
        """
        return {self.file_field: self.column(self.file_field, [raw])}

    def read_query(self, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The options beside a body, of which it may be that it is a file.

        :raises Unfit: naming the option.
        """
        return self.fields.read_query(query)

    def column(self, name: str, values: Sequence[str | bytes]) -> list[Any]:
        """The texts or files of a tensor, checked as those of the field of that name.

        :raises Unfit: naming the element.
        """
        kind = self.element(name)
        places = [f"{name}[{number}]" for number in range(len(values))]
        return [
            kind.from_bytes(place, value) if isinstance(value, bytes) else kind.read(place, value)
            for place, value in zip(places, values, strict=True)
        ]

    def element(self, name: str) -> Text | Base64:
        """What one element of a tensor may hold: a text, or a file."""
        kind: Any = self.fields.by_name[name].kind
        while not isinstance(kind, (Text, Base64)):
            kind = kind.each
        return kind

    def option(self, name: str, value: Any) -> Any:
        """An option of a tensor's request, checked as the field of that name.

        :raises Unfit: naming it.
        """
        return self.fields.by_name[name].kind.read(name, value)

    def check_rows(self, texts: int, options: Mapping[str, Any]) -> None:
        """See that a tensor's request is not too much at once.

        :raises Unfit: it is.
        """
        check = getattr(self.asking, "check_rows", None)
        if check is not None:
            check(self.model, texts, options, self.bounds)

    def rows(self, asked: Mapping[str, Any]) -> int:
        """How many texts or files are asked about."""
        first = asked.get(self.fields.each[0].name)
        return len(first) if isinstance(first, list) else 1

    def like(self, asked: Mapping[str, Any]) -> Hashable:
        """Questions for which this is equal may be answered together; None: only alone."""
        if not getattr(self.asking, "TOGETHER", False):
            return None
        return self.path, repr(sorted((name, value) for name, value in asked.items() if name != _TEXT))

    def answers(self, several: Sequence[Mapping[str, Any]], *, seconds: float | None = None) -> list[dict[str, Any]]:
        """The whole answer to each of several questions that are `like` each other.

        :param seconds: after which nobody waits any more: a text that is still being made is left as it is.
        :raises ValueError: a question that this model cannot answer.
        """
        if len(several) == 1:
            return [{"answers": self.asking.answers(self.model, self._timed(several[0], seconds), self.bounds)}]
        texts = [text for asked in several for text in asked[_TEXT]]
        found = iter(self.asking.answers(self.model, {**several[0], _TEXT: texts}, self.bounds))
        return [{"answers": [next(found) for _ in asked[_TEXT]]} for asked in several]

    def pieces(self, asked: Mapping[str, Any], *, seconds: float | None = None) -> Iterator[str]:
        """The answer in pieces; only where it `streams`. See `answers`.

        :raises ValueError: a question that cannot be answered so.
        """
        asking: Any = self.asking
        found: Iterator[str] = asking.pieces(self.model, self._timed(asked, seconds), self.bounds)
        return found

    def _timed(self, asked: Mapping[str, Any], seconds: float | None) -> Mapping[str, Any]:
        return asked if seconds is None or not self.streams else {**asked, "max_time": max(seconds, 0.0)}


def question(task: str, model: Any, bounds: Bounds) -> Question | None:
    """How a loaded model is asked; None where tensors are all that there is."""
    if task not in _MODULES:
        return None
    asking: Any = import_module(f".{_MODULES[task]}", __name__)
    return Question(asking=asking, model=model, bounds=bounds, fields=asking.fields(model, bounds))
