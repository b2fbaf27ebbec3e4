"""The service's own sources as a window needs them: which files are its own, what stands on a line, what fills a name.

They are parsed, never imported.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_AROUND = 2


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files of a service."""

    files: Mapping[str, tuple[str, Path]]
    """Place inside the service → (path relative to its folder, path on this machine)."""
    filled: Callable[[Sequence[str]], tuple[str, ...]] = lambda names: ()
    """``file:line`` where something is added to the first of some names to which anything is."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders inside the service with sources of its own."""
        return tuple(sorted({place.rpartition("/")[0] + "/" for place in self.files if place.endswith(".py")}))

    def own(self, place: str) -> str | None:
        """The path relative to the service's folder; None for what is not its own."""
        found = self.files.get(place)
        return found[0] if found else None

    def inside(self, source: str) -> str:
        """Where a source lies inside the service."""
        return next((place for place, (name, _) in self.files.items() if name == source), source)

    def excerpt(self, source: str, line: int) -> tuple[tuple[int, str], ...]:
        """The line with two before and after it."""
        lines = self._text(source).splitlines()
        first = max(1, line - _AROUND)
        return tuple((number, lines[number - 1]) for number in range(first, min(len(lines), line + _AROUND) + 1))

    def function(self, source: str, line: int) -> str:
        """The innermost function around a line; empty where it is in none."""
        found = ""
        for node in ast.walk(self._tree(source)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found = node.name if node.lineno <= line <= (node.end_lineno or 0) else found
        return found

    def _text(self, source: str) -> str:
        path = next((path for name, path in self.files.values() if name == source), None)
        return _read(path) if path is not None else ""

    def _tree(self, source: str) -> ast.Module:
        try:
            return ast.parse(self._text(source))
        except (SyntaxError, ValueError):
            return ast.Module(body=[], type_ignores=[])


@functools.lru_cache(maxsize=256)
def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
