"""Folders to lint, and rules that exist only to try what carries the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jettison.lint.found import Found
from jettison.lint.project import Project
from jettison.lint.rule import Example
from jettison.records import FixClass

Findings = Callable[[Project], Iterator[Found]]


def written(at: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files."""
    at.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return at


@dataclass(frozen=True)
class Trial:
    """A rule made of a function."""

    found: Findings
    CODE: str = "Z01"
    NAME: str = "trial"
    FIX: FixClass = "safe"
    ALSO: tuple[str, ...] = ()
    SUMMARY: str = "a trial"
    WHY: str = "it is one"
    SOURCES: tuple[str, ...] = ("this test",)
    EXAMPLES: tuple[Example, ...] = ()

    def findings(self, project: Project) -> Iterator[Found]:
        """What the function finds."""
        return self.found(project)
