"""The service's own sources as a window needs them: which files are its own, what stands on a line, what fills a name.

They are parsed, never imported.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_AROUND = 2
_MOST_LINES = 6
_CACHES = frozenset({"lru_cache", "cache", "cached", "memoize"})
_FILLING = frozenset(
    {"add", "append", "appendleft", "extend", "insert", "put", "put_nowait", "setdefault", "update", "register"}
)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files of a service."""

    files: Mapping[str, tuple[str, Path]]
    """Place inside the service → (path relative to its folder, path on this machine)."""

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

    def filled(self, names: Sequence[str]) -> tuple[str, ...]:
        """``file:line`` where something is added to the first of these names to which anything is."""
        for name in names:
            found = []
            for source, path in self.files.values():
                if source.endswith(".py") and name in _read(path):
                    found += [f"{source}:{line}" for line in sorted(set(_fillings(self._tree(source), name)))]
            if found:
                return tuple(found[:_MOST_LINES])
        return ()

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


def _fillings(tree: ast.Module, name: str) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _FILLING:
            if _last(node.func.value) == name:
                yield node.lineno
        elif isinstance(node, ast.Assign):
            if any(isinstance(each, ast.Subscript) and _last(each.value) == name for each in node.targets):
                yield node.lineno
        elif isinstance(node, ast.AugAssign) and _last(node.target) == name:
            yield node.lineno
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            yield from (each.lineno for each in node.decorator_list if _last(each) in _CACHES)


def _last(node: ast.expr) -> str:
    """``SEEN`` of ``SEEN``, ``app.SEEN``, ``SEEN[key]``, ``app["SEEN"]`` and ``app.setdefault("SEEN", [])``."""
    if isinstance(node, ast.Subscript):
        return _text(node.slice) or _last(node.value)
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "setdefault") and node.args
        return (_text(node.args[0]) if named else "") or _last(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
