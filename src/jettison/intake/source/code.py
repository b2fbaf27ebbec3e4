"""The service's Python sources, parsed and never run or imported."""

from __future__ import annotations

import ast
import posixpath
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..build import Build
from .syntax import Function, assignments, framed, last_name

LARGEST_BYTES = 2_000_000
"""Of one source file; what is longer was made by a program."""


@dataclass(frozen=True, kw_only=True)
class Import:
    """What a name in a module was imported as."""

    module: str
    """Dotted, absolute; the importing module's own folder stands for a relative one."""
    name: str | None
    """What is taken out of the module; None for the module itself."""
    folder: str | None = None
    """Where a relative import starts, in the image."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file."""

    target: str
    """In the image."""
    source: str
    """Relative to the service's folder."""
    tree: ast.Module
    imports: dict[str, Import]
    assigned: dict[str, list[ast.expr]]
    """Values that names get at the module's top level, in their order."""
    functions: dict[str, Function]
    classes: dict[str, ast.ClassDef]
    calls: tuple[tuple[ast.Call, tuple[ast.AST, ...]], ...]
    """Every call, with the classes and functions around it."""
    all_imports: tuple[Import, ...]
    """Also those inside functions."""

    def place(self, node: ast.AST) -> str:
        """``file:line``."""
        return f"{self.source}:{getattr(node, 'lineno', 0)}"


NOT_OWN = re.compile(r"/(site-packages|dist-packages|node_modules)/")


class FoundCall(NamedTuple):
    """A call, with the classes and functions around it."""

    module: Module
    node: ast.Call
    frames: tuple[ast.AST, ...]


@dataclass
class Code:
    """Finds and parses modules. What cannot be read is noted once."""

    build: Build
    notes: list[str]
    roots: tuple[str, ...] = ()
    """Folders of the image that imports are looked up in, the first one first."""
    arguments: tuple[str, ...] = ()
    """What the program gets on its command line."""
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _by_name: dict[str, list[str]] = field(default_factory=dict)
    _calls: dict[str, list[FoundCall]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for target in self.targets() if not self._by_name else ():
            stem = target.removesuffix("/__init__.py").removesuffix(".py")
            self._by_name.setdefault(posixpath.basename(stem), []).append(target)
        scope = self.build.scope
        python_path = [each for each in scope.environment.get("PYTHONPATH", "").split(":") if each]
        projects = sorted(
            posixpath.dirname(target)
            for target in self.build.at
            if posixpath.basename(target) in ("pyproject.toml", "setup.py", "setup.cfg")
        )
        found = [scope.workdir, *(posixpath.join(scope.workdir, each) for each in python_path)]
        found += [place for folder in projects for place in (folder, posixpath.join(folder, "src"))]
        self.roots = tuple(dict.fromkeys((*self.roots, *map(posixpath.normpath, found))))

    def with_roots(self, *roots: str) -> Code:
        """The same, with folders that are looked up before the others."""
        found = [posixpath.normpath(posixpath.join(self.build.scope.workdir, root)) for root in roots]
        roots = tuple(dict.fromkeys((*found, *self.roots)))
        return replace(self, roots=roots)

    def targets(self) -> tuple[str, ...]:
        """Every source file of the service's own: what an environment in the folder holds is not."""
        return tuple(each for each in self.build.at if each.endswith(".py") and not NOT_OWN.search(each))

    def module(self, target: str) -> Module | None:
        """The module in a file of the image; None when it is not there or does not parse."""
        if target not in self._modules:
            module = self._parsed(target)
            self._modules[target] = module
            if module is not None:
                for node, frames in module.calls:
                    self._calls.setdefault(last_name(node.func), []).append(FoundCall(module, node, frames))
        return self._modules[target]

    def target_of(self, dotted: str, folder: str | None = None) -> str | None:
        """The file that an import of that name takes; None when it is not one of the service's own.

        :param folder: where a relative import starts.
        """
        found = self._in_roots(dotted, folder)
        if found is not None or folder is not None or not dotted:
            return found
        below = dotted.replace(".", "/")
        ending = (f"/{below}.py", f"/{below}/__init__.py")
        likely = [each for each in self._by_name.get(posixpath.basename(below), ()) if each.endswith(ending)]
        return likely[0] if len(likely) == 1 else None

    def _in_roots(self, dotted: str, folder: str | None) -> str | None:
        """The file that Python's own search finds first."""
        below = dotted.replace(".", "/")
        for root in (folder,) if folder is not None else self.roots:
            stem = posixpath.join(root, below) if below else root
            for target in (f"{stem}.py", f"{stem}/__init__.py"):
                if target in self.build.at:
                    return target
        return None

    def imported(self, imported: Import) -> tuple[Module, str | None] | None:
        """The service's own module behind an import, and the name taken out of it; None for a module to take itself."""
        if imported.name is not None and not self._takes_a_name(imported):
            deeper = f"{imported.module}.{imported.name}" if imported.module else imported.name
            target = self.target_of(deeper, imported.folder)
            if target is not None and (module := self.module(target)):
                return module, None
        target = self.target_of(imported.module, imported.folder)
        module = self.module(target) if target else None
        return (module, imported.name) if module else None

    def _takes_a_name(self, imported: Import) -> bool:
        """``from app import app`` beside ``app.py`` is no file ``app/app.py``, though both lie in a folder app."""
        is_a_module = self._in_roots(f"{imported.module}.{imported.name}", imported.folder)
        return (
            bool(imported.module) and not is_a_module and self._in_roots(imported.module, imported.folder) is not None
        )

    def calls_of(self, name: str) -> tuple[FoundCall, ...]:
        """Calls of that name in every module that was parsed so far."""
        return tuple(self._calls.get(name, ()))

    def origin(self, module: Module, name: str) -> tuple[Module, str] | None:
        """The service's own module that gives a name its value, and its name there; None when none does."""
        return self._origin(module, name, set())

    def _origin(self, module: Module, name: str, seen: set[tuple[str, str]]) -> tuple[Module, str] | None:
        if name in module.assigned or name in module.functions or name in module.classes:
            return module, name
        if (module.target, name) in seen:
            return None
        seen.add((module.target, name))
        if name in module.imports:
            found = self.imported(module.imports[name])
            return self._origin(found[0], found[1], seen) if found and found[1] is not None else None
        for key, whole in module.imports.items():
            found = self.imported(whole) if key.startswith("* ") else None
            origin = self._origin(found[0], name, seen) if found else None
            if origin is not None:
                return origin
        return None

    def aliases(self, name: str) -> set[str]:
        """The name with all those under which modules import it."""
        modules = (module for module in self._modules.values() if module is not None)
        return {name, *(key for module in modules for key, each in module.imports.items() if each.name == name)}

    def reachable(self, start: Module) -> tuple[Module, ...]:
        """The module with every one of the service's own that it imports, directly or not."""
        found: dict[str, Module] = {start.target: start}
        waiting = [start]
        while waiting:
            module = waiting.pop()
            for each in module.all_imports:
                other = self.imported(each)
                if other is not None and other[0].target not in found:
                    found[other[0].target] = other[0]
                    waiting.append(other[0])
        return tuple(found.values())

    def _parsed(self, target: str) -> Module | None:
        path = self.build.local(target)
        if path is None:
            return None
        source = self.build.at[target].source
        try:
            if path.stat().st_size > LARGEST_BYTES:
                self.notes.append(f"{source} is longer than {LARGEST_BYTES // 1_000_000} MB and was not read")
                return None
            tree = _tree(path.read_bytes())
        except OSError as cause:
            self.notes.append(f"{source} cannot be opened: {cause.strerror}")
            return None
        except SyntaxError as cause:
            self.notes.append(f"{source}:{cause.lineno or 1} does not parse: {cause.msg}")
            return None
        except (ValueError, RecursionError, MemoryError):
            self.notes.append(f"{source} does not parse: it is no Python text, or nested too deeply")
            return None
        return _module(target, source, tree)


def parsed(target: str, source: str, data: bytes) -> Module:
    """A module from its text.

    :raises SyntaxError: it is no Python.
    """
    return _module(target, source, _tree(data))


def _tree(data: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a service's own odd escapes are not our news
        try:
            return ast.parse(data)
        except SyntaxError as cause:
            if "encod" in str(cause.msg) or "unicode" in str(cause.msg) or "codec" in str(cause.msg):
                return ast.parse(data.decode("latin-1"))
            raise


def _module(target: str, source: str, tree: ast.Module) -> Module:
    folder = posixpath.dirname(target)
    nodes = list(framed(tree))
    statements = [node for node, _ in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    made = Module(
        target=target,
        source=source,
        tree=tree,
        imports={},
        assigned={},
        functions={},
        classes={},
        calls=tuple((node, frames) for node, frames in nodes if isinstance(node, ast.Call)),
        all_imports=tuple(each for node in statements for each in _taken(node, folder)),
    )
    for node in _top_level(tree.body):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            made.imports.update(_names(node, folder))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            made.functions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            made.classes[node.name] = node
        for name, value in assignments(node):
            made.assigned.setdefault(name, []).append(value)
    for inner in statements:  # those inside functions count where no other holds the name
        for name, found in _names(inner, folder).items():
            made.imports.setdefault(name, found)
    return made


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run on import, those inside if, try and with among them."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for name in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from _top_level(handler.body)


def _names(node: ast.Import | ast.ImportFrom, folder: str) -> dict[str, Import]:
    if isinstance(node, ast.Import):
        return {
            (each.asname or each.name.partition(".")[0]): Import(
                module=each.name if each.asname else each.name.partition(".")[0], name=None
            )
            for each in node.names
        }
    start = None
    if node.level:
        start = folder
        for _ in range(node.level - 1):
            start = posixpath.dirname(start)
    module = node.module or ""
    return {
        # A module that is taken whole stands under a name that no variable can have.
        (f"* {module}" if each.name == "*" else each.asname or each.name): Import(
            module=module, name=None if each.name == "*" else each.name, folder=start
        )
        for each in node.names
    }


def _taken(node: ast.Import | ast.ImportFrom, folder: str) -> list[Import]:
    """What a statement imports; ``import a.b`` also takes a.b, not only a."""
    if isinstance(node, ast.Import):
        return [Import(module=each.name, name=None) for each in node.names]
    return list(_names(node, folder).values())
