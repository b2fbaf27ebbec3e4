"""pyproject.toml: what it requires, and changes of it that touch nothing else.

A change is a few inserted lines, and holds only when the file then says what was meant (`says`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from ...dockerfile.instructions import edited
from ...records import Edit
from ..project import Project
from ..toml_places import table_at
from .names import family_of

_NOT_OURS = (".git/", ".venv/", "venv/", "node_modules/", ".tox/", "site-packages/")
_FOR_DEVELOPERS = re.compile(r"dev|test|doc|lint|typing|bench|train|notebook")


@dataclass(frozen=True, kw_only=True)
class Required:
    """A requirement in a project file."""

    requirement: Requirement
    text: str
    """As written."""
    group: str
    """The extra or the dependency group that it belongs to; empty for the project's own."""
    start: int
    end: int
    """The string with its quotes."""
    family: tuple[str, ...]

    @property
    def name(self) -> str:
        """Canonical."""
        return canonicalize_name(self.requirement.name)


def project_files(project: Project) -> tuple[str, ...]:
    """Every pyproject.toml of the folder that is no package's of an environment."""
    return tuple(
        path
        for path in sorted(project.paths)
        if f"/{path}".endswith("/pyproject.toml") and not any(each in f"/{path}" for each in _NOT_OURS)
    )


def required(project: Project, path: str) -> tuple[Required, ...]:
    """What a project requires by the standard tables, groups for developers left out."""
    return tuple(_required(project, path))


def _required(project: Project, path: str) -> Iterator[Required]:
    content, text = project.toml(path), project.text(path)
    if content is None or text is None:
        return
    own = table_at(content, "project")
    lists = [("", own.get("dependencies"))]
    lists += [(str(name), each) for name, each in table_at(own, "optional-dependencies").items()]
    lists += [(str(name), each) for name, each in table_at(content, "dependency-groups").items()]
    for group, entries in lists:
        if _FOR_DEVELOPERS.search(group.lower()) or not isinstance(entries, list):
            continue
        for entry in entries:
            try:
                requirement = Requirement(entry) if isinstance(entry, str) else None
            except InvalidRequirement:
                continue
            found = re.search(rf"([\"']){re.escape(entry)}\1", text) if requirement is not None else None
            if requirement is not None and found:
                yield Required(
                    requirement=requirement,
                    text=entry,
                    group=group,
                    start=found.start(),
                    end=found.end(),
                    family=family_of(requirement),
                )


def newline_of(text: str) -> str:
    """How a file's lines end."""
    return "\r\n" if "\r\n" in text else "\n"


def item_before(text: str, each: Required, names: Iterable[str]) -> Edit:
    """Strings in front of another one of the same list, each on a line of its own where that one has one."""
    line = text.rfind("\n", 0, each.start) + 1
    indent = text[line : each.start]
    between = f"{newline_of(text)}{indent}" if not indent.strip() else " "
    quote = text[each.start]
    return Edit(
        start=each.start, end=each.start, replacement="".join(f"{quote}{name}{quote},{between}" for name in names)
    )


def entries(text: str, header: str, lines: Iterable[str]) -> Edit:
    """Lines at the end of a table, which is made at the end of the file when it is not there."""
    newline = newline_of(text)
    added = "".join(f"{line}{newline}" for line in lines)
    span = table_span(text, header)
    if span is None:
        return block(text, f"[{header}]{newline}{added}")
    start, end = span
    body = text[start:end]
    last = start + len(body.rstrip())
    # Comments in front of the next table belong to that one.
    while (
        (line := re.search(r"\n[^\S\n]*#[^\n]*$", text[start:last]))
        and text[last:end].strip() == ""
        and end < len(text)
    ):
        last = start + len(text[start : start + line.start()].rstrip())
    return Edit(start=last, end=last, replacement=newline + added.rstrip("\r\n"))


def block(text: str, added: str) -> Edit:
    """A table at the end of the file, with an empty line in front."""
    newline = newline_of(text)
    end = len(text)
    gap = newline if text.endswith("\n") else newline * 2
    return Edit(
        start=end,
        end=end,
        replacement=("" if not text.strip() else gap) + added.replace("\r\n", "\n").replace("\n", newline),
    )


def table_span(text: str, header: str) -> tuple[int, int] | None:
    """Where a table's header begins and its lines end; None when it has no header of its own."""
    keys = r"\s*\.\s*".join(re.escape(key) for key in header.split("."))
    found = re.search(rf"^[^\S\n]*\[\s*{keys}\s*\][^\n]*$", text, re.M)
    if not found:
        return None
    following = re.compile(r"^[^\S\n]*\[", re.M).search(text, found.end())
    return found.start(), following.start() if following else len(text)


def says(text: str, edits: Iterable[Edit], *wanted: tuple[tuple[str, ...], Any]) -> bool:
    """Whether a TOML file parses after the edits and then has these values below these keys; of a list, among them."""
    try:
        content = tomllib.loads(edited(text, edits))
    except (tomllib.TOMLDecodeError, ValueError):
        return False
    for keys, value in wanted:
        found: Any = content
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        if not (value in found if isinstance(found, list) else value == found):
            return False
    return True
