"""The fields of a question, read from JSON or from a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .kinds import Kind, Schema
from .unfit import Unfit, shown


@dataclass(frozen=True)
class Field:
    """One field of a question."""

    name: str
    kind: Kind
    meaning: str
    needed: bool = False
    default: Any = None
    """What leaving it out means, for the document; the answerer has it as its own default."""

    def schema(self) -> Schema:
        """As a property in JSON Schema."""
        default = {} if self.default is None else {"default": self.default}
        return {**self.kind.schema(), "description": self.meaning, **default}


@dataclass(frozen=True)
class Fields:
    """The fields of one question."""

    each: tuple[Field, ...]
    by_name: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.each})

    def schema(self) -> Schema:
        """As JSON Schema."""
        return {
            "type": "object",
            "properties": {one.name: one.schema() for one in self.each},
            "required": [one.name for one in self.each if one.needed],
            "additionalProperties": False,
        }

    def read(self, given: Any) -> dict[str, Any]:
        """What was asked, field by field; those left out are not there.

        :raises Unfit: a field that is missing, unknown, or holds something else.
        """
        if not isinstance(given, dict):
            raise Unfit("", f"a JSON object with {self._listed()} is meant, not {shown(given)}")
        for name in given:
            if name not in self.by_name:
                raise Unfit(shown(name), f"there is no such field; there are {self._listed()}")
        asked = {}
        for one in self.each:
            if one.name in given:
                asked[one.name] = one.kind.read(one.name, given[one.name])
            elif one.needed:
                raise Unfit(one.name, f"is missing: {one.meaning}")
        return asked

    def read_query(self, given: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """The options that query parameters hold, beside a body.

        :raises Unfit: see `read`; or one that is there twice.
        """
        options = {one.name: one for one in self.each if not one.needed}
        asked: dict[str, Any] = {}
        for name, text in given:
            if name not in options:
                raise Unfit(shown(name), f"there is no such parameter; there are {', '.join(options) or 'none'}")
            if name in asked:
                raise Unfit(name, "is there twice")
            asked[name] = options[name].kind.from_text(name, text)
        return asked

    def _listed(self) -> str:
        return ", ".join(self.by_name)
