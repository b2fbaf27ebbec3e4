"""Debian's control paragraphs: ``Field: value`` lines, continued by lines that begin with a space."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .versions import Relation, satisfies

_RELATION = re.compile(
    r"""\s* (?P<name>[A-Za-z0-9][A-Za-z0-9+.-]*) (?: :[a-z0-9-]+ )? \s*
        (?: \( \s* (?P<relation><<|<=|>=|>>|=|<|>) \s* (?P<version>[^)\s]+) \s* \) )? \s*
        (?: \[[^]]*\] )? \s* (?: <[^>]*> \s* )* """,
    re.VERBOSE,
)
_OLD_RELATIONS = {"<": "<=", ">": ">="}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One way to satisfy a dependency: ``libc6 (>= 2.35)``."""

    name: str
    relation: Relation | None = None
    version: str = ""

    def allows(self, version: str) -> bool:
        """A package of that version will do."""
        return self.relation is None or satisfies(version, self.relation, self.version)

    def __str__(self) -> str:
        return f"{self.name} ({self.relation} {self.version})" if self.relation else self.name


Alternatives = tuple[Wanted, ...]


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Every paragraph; a continued value keeps its line breaks, without the leading space of each line."""
    for block in re.split(r"\n(?:[ \t]*\n)+", text):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1] in (" ", "\t"):
                if name:
                    fields[name] += "\n" + line[1:]
            elif not line.startswith("#") and ":" in line:
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields:
            yield fields


def dependencies(field: str) -> tuple[Alternatives, ...]:
    """``a (>= 1) | b, c`` as ((a, b), (c,)). What cannot be read is left out."""
    found = []
    for group in field.split(","):
        ways = tuple(way for text in group.split("|") if (way := _wanted(text)))
        if ways:
            found.append(ways)
    return tuple(found)


def _wanted(text: str) -> Wanted | None:
    match = _RELATION.fullmatch(text)
    if match is None:
        return None
    relation = match["relation"]
    return Wanted(
        name=match["name"],
        relation=_OLD_RELATIONS.get(relation, relation) if relation else None,  # type: ignore[arg-type]
        version=match["version"] or "",
    )
