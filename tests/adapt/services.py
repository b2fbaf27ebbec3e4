"""Small services for these tests, written as text: adapted ones with what they become, refused ones with the lines."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from jettison.adapt import adaptation
from jettison.records import Adaptation

MARK = "  # <- "
"""Behind a line of a refused app: it is refused, for a reason with these words in it."""


@dataclass(frozen=True)
class Shape:
    """One app and what it becomes, written as one text: lines with ``-`` go, lines with ``+`` come."""

    name: str
    lines: str

    @property
    def before(self) -> str:
        """The whole app as it is written."""
        return self._without("+")

    @property
    def after(self) -> str:
        """The whole app as it has to be."""
        return self._without("-")

    def _without(self, mark: str) -> str:
        return "".join(f"{line[1:]}\n" for line in self.lines.strip("\n").split("\n") if not line.startswith(mark))


@dataclass(frozen=True)
class Refused:
    """One app with marked lines."""

    name: str
    code: str

    @property
    def expected(self) -> list[tuple[int, str]]:
        """The marked lines with the words of their reasons."""
        lines = enumerate(written(self.code).splitlines(), 1)
        return [(number, words) for number, line in lines for words in line.partition(MARK)[2].split(" | ") if words]


def written(code: str) -> str:
    """Code from an indented literal."""
    return textwrap.dedent(code).lstrip("\n")


def adapted(folder: Path, files: dict[str, str] | str, entry: str = "app") -> Adaptation:
    """The adaptation of a service of these files; a text alone is ``app.py``."""
    named = {"app.py": files} if isinstance(files, str) else files
    for path, code in named.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(written(code).encode())
    return adaptation(folder, sorted(named), entry)
