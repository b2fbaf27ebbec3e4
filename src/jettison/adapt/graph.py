"""Which files of the service run: what the entry point imports, and what that imports, without running any of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jettison.errors import NotAService
from jettison.records import Refusal

from .known.packages import NEED_TORCH, REPLACED
from .sources import Source, source

_SERVED = re.compile(r"([A-Za-z_][\w.]*):[A-Za-z_]\w*(\(\))?")
"""``main:app``, as servers are told."""
_ELSEWHERE = {"site-packages", "dist-packages", "node_modules", ".venv", ".tox", ".git"}
"""Folders whose files are not the service's own, though somebody put them beside it."""
_INSTALLED = {*REPLACED, *NEED_TORCH, *sys.stdlib_module_names}
"""Names that stay those of the installed packages when a file deep in the service happens to have them too."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The modules that run."""

    files: Files
    by_path: dict[str, Source]
    """In the order in which they are first imported."""
    refusals: tuple[Refusal, ...]
    """Files that cannot be read as Python."""

    @property
    def aside(self) -> tuple[str, ...]:
        """Files that the entry point never imports."""
        broken = {refusal.file for refusal in self.refusals}
        return tuple(path for path in self.files.paths if path not in self.by_path and path not in broken)

    def source(self, module: str) -> Source | None:
        """The service's module of that name; None when it is not the service's."""
        path = self.files.path(module)
        return self.by_path.get(path) if path else None


class Files:
    """The service's Python files, found by the names under which they are imported."""

    def __init__(self, files: Sequence[str], entry_module: str) -> None:
        found = {PurePosixPath(path) for path in files if path.endswith(".py")}
        self.paths = tuple(sorted(path.as_posix() for path in found if not _ELSEWHERE.intersection(path.parts)))
        self._base = self._entry_base(entry_module)

    def path(self, module: str) -> str | None:
        """The file of a module; a package's is its ``__init__.py``. None: not the service's, or only a folder."""
        for base in dict.fromkeys((self._base, "")):
            for path in _places(base, module):
                if path in self.paths:
                    return path
        if module.partition(".")[0] in _INSTALLED:
            return None
        found = [path for path in self.paths if any(path.endswith("/" + place) for place in _places("", module))]
        # A folder that was put on the path by hand; two of them cannot be told apart.
        return found[0] if len(found) == 1 else None

    def folder(self, module: str) -> bool:
        """The name is a folder of the service without an ``__init__.py``."""
        if module.partition(".")[0] in _INSTALLED:
            return False
        name = module.replace(".", "/") + "/"
        return any(path.startswith((self._base + name, name)) for path in self.paths)

    def _entry_base(self, module: str) -> str:
        found = [
            path.removesuffix(place)
            for place in _places("", module)
            for path in self.paths
            if path == place or path.endswith("/" + place)
        ]
        shortest = sorted(found, key=lambda base: (base.count("/"), base))
        if not shortest:
            raise NotAService(
                f"the entry point {module} is none of the service's {len(self.paths)} Python files",
                next_step="name the module that the server imports, as `entry` in jettison.toml",
            )
        return shortest[0]


def graph(root: Path, files: Sequence[str], entry_module: str) -> Graph:
    """Everything that the entry point imports.

    :raises NotAService: the entry point is none of the files, or a file cannot be read.
    """
    known = Files(files, entry_module)
    sources: dict[str, Source] = {}
    refusals: dict[str, Refusal] = {}
    waiting = [entry_module]
    while waiting:
        module = waiting.pop(0)
        path = known.path(module)
        if path is None or path in sources or path in refusals:
            continue
        found = source(root, path, module)
        if isinstance(found, Refusal):
            refusals[path] = found
        else:
            sources[path] = found
            waiting += imported(found)
    return Graph(files=known, by_path=sources, refusals=tuple(refusals.values()))


def imported(found: Source) -> list[str]:
    """Names of all modules that a module may import, its own package's first; most of them are not the service's."""
    names: list[str] = _with_parents(found.module)[:-1]
    for node in _running(found.tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    names += _with_parents(alias.name)
            case ast.ImportFrom(names=aliases):
                base = absolute(found, node)
                names += _with_parents(base)
                names += [f"{base}.{alias.name}" if base else alias.name for alias in aliases]
            case ast.Call(
                func=ast.Name("import_module") | ast.Attribute(attr="import_module"), args=[ast.Constant(str(name))]
            ):
                names += _with_parents(name)
            case ast.Constant(str(text)) if served := _SERVED.fullmatch(text):
                names += _with_parents(served[1])
    return list(dict.fromkeys(names))


def absolute(found: Source, node: ast.ImportFrom) -> str:
    """The module that a ``from … import`` names, dots resolved; empty for the top."""
    if not node.level:
        return node.module or ""
    parts = found.package.split(".") if found.package else []
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    waiting = [tree]
    while waiting:
        node = waiting.pop(0)
        yield node
        match node:
            case ast.If(test=ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                waiting += node.orelse
            case _:
                waiting += ast.iter_child_nodes(node)


def _with_parents(module: str) -> list[str]:
    """``a``, ``a.b`` and ``a.b.c`` for ``a.b.c``: importing it runs all three."""
    parts = module.split(".") if module else []
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]


def _places(base: str, module: str) -> tuple[str, str]:
    path = base + module.replace(".", "/")
    return f"{path}.py", f"{path}/__init__.py"
