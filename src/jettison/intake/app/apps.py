"""App objects and factories, found by reading the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ...records import AppKind, EntryPoint
from ..source.code import Code, Module
from ..source.folding import Place
from ..source.syntax import assigned_in, dotted, last_name, methods, returned
from .frameworks import APPS, KINDS, OTHERS, TO_ASGI, WRAPPERS, Framework

_DEEPEST = 15


@dataclass(frozen=True, kw_only=True)
class FoundApp:
    """An app object, or a function that makes one."""

    module: Module
    """Where it is made."""
    line: int
    framework: Framework
    kind: AppKind
    is_factory: bool = False

    def entry(self, module: str, variable: str) -> EntryPoint:
        """The record, under the name by which a server imports it."""
        called = variable if variable.endswith(")") or not self.is_factory else f"{variable}()"
        return EntryPoint(
            module=module,
            variable=called,
            framework=self.framework,
            kind=self.kind,
            file=Path(self.module.source),
            line=self.line,
        )


class Apps:
    """Looks for apps in the service's sources."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def named(self, module: Module, variable: str) -> FoundApp | None:
        """What a server gets when it imports that name: ``app``, ``create_app()``, ``server.app``."""
        name, call, _ = variable.partition("(")
        try:
            node = ast.parse(name.strip(), mode="eval").body
        except SyntaxError:
            return None
        found = self._of(node, module, (), 0)
        if found is None and not call:
            return None
        return replace(found, is_factory=False) if found and call else found

    def of(self, node: ast.AST, place: Place) -> FoundApp | None:
        """The app that an expression is; None when it is none, or not seen to be one."""
        return self._of(node, place.module, place.frames, 0)

    def in_module(self, module: Module) -> Iterator[tuple[str, FoundApp]]:
        """Every app object at the module's top level, then every factory without required parameters."""
        for name in module.assigned:
            found = self._of(ast.Name(id=name, ctx=ast.Load()), module, (), 0) if "." not in name else None
            if found is not None and not found.is_factory:
                yield name, found
        for name, function in module.functions.items():
            required = len(function.args.args) - len(function.args.defaults)
            found = self._of(ast.Name(id=name, ctx=ast.Load()), module, (), 0)
            if found is not None and found.is_factory and required <= 0 and _is_plain(function):
                yield name, found

    def _of(self, node: ast.AST, module: Module, frames: tuple[ast.AST, ...], depth: int) -> FoundApp | None:
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Call):
            return self._of_call(node, module, frames, depth + 1)
        if isinstance(node, ast.Name):
            return self._of_name(node.id, module, frames, depth + 1)
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, module, frames, depth + 1)
        return None

    def _of_name(self, name: str, module: Module, frames: tuple[ast.AST, ...], depth: int) -> FoundApp | None:
        for frame in reversed(frames):
            if isinstance(frame, (ast.FunctionDef, ast.AsyncFunctionDef)):
                local = [value for key, value in assigned_in(frame) if key == name]
                found = self._first(local, module, frames, depth)
                if found is not None:
                    return found
        origin = self.code.origin(module, name)
        if origin is None:
            return None
        module, name = origin
        if name in module.assigned:
            return self._first(module.assigned[name], module, (), depth)
        function = module.functions.get(name)
        if function is None:
            return None
        made = self._first(returned(function), module, (function,), depth)
        if made is None and (framework := self._annotated(function.returns, module)):
            made = FoundApp(module=module, line=function.lineno, framework=framework, kind=KINDS[framework])
        return replace(made, is_factory=True) if made else None

    def _first(self, nodes: list[ast.expr], module: Module, frames: tuple[ast.AST, ...], depth: int) -> FoundApp | None:
        return next((found for node in nodes if (found := self._of(node, module, frames, depth))), None)

    def _of_call(self, node: ast.Call, module: Module, frames: tuple[ast.AST, ...], depth: int) -> FoundApp | None:
        framework = self._class_framework(node.func, module, depth)
        if framework is not None:
            return FoundApp(module=module, line=node.lineno, framework=framework, kind=KINDS[framework])
        name = last_name(node.func)
        if name in WRAPPERS or name.endswith("Middleware"):
            inner = [*node.args, *(each.value for each in node.keywords)]
            found = self._first(inner, module, frames, depth)
            return replace(found, kind="asgi") if found and name in TO_ASGI else found
        factory = self._of(node.func, module, frames, depth)
        return replace(factory, is_factory=False) if factory and factory.is_factory else None

    def _of_attribute(
        self, node: ast.Attribute, module: Module, frames: tuple[ast.AST, ...], depth: int
    ) -> FoundApp | None:
        if node.attr in ("wsgi_app", "app") and (outer := self._of(node.value, module, frames, depth)):
            return outer  # connexion's app.app, and Flask's app.wsgi_app
        imported = module.imports.get(dotted(node.value))
        other = self.code.imported(imported) if imported else None
        if other is not None and other[1] is None:
            return self._of_name(node.attr, other[0], (), depth)
        owner = self._owner(node.value, module, depth)
        if owner is None:
            return None
        home, definition = owner
        for method in methods(definition):
            given = [value for key, value in assigned_in(method) if key == f"self.{node.attr}"]
            found = self._first(given, home, (definition, method), depth)
            if found is not None:
                return found
        return None

    def _owner(self, node: ast.expr, module: Module, depth: int) -> tuple[Module, ast.ClassDef] | None:
        """The service's own class that an expression is an instance of."""
        if isinstance(node, ast.Call):
            origin = self.code.origin(module, dotted(node.func)) if dotted(node.func) else None
            if origin is not None and origin[1] in origin[0].classes:
                return origin[0], origin[0].classes[origin[1]]
            return None
        origin = self.code.origin(module, dotted(node)) if dotted(node) else None
        if origin is None or origin[1] not in origin[0].assigned or depth > _DEEPEST:
            return None
        return self._owner(origin[0].assigned[origin[1]][-1], origin[0], depth + 1)

    def _class_framework(self, node: ast.expr, module: Module, depth: int) -> Framework | None:
        """What a class makes: one of the frameworks' own, or one of the service's that stands on it."""
        name = qualified(node, module)
        if name in APPS:
            return APPS[name]
        origin = self.code.origin(module, dotted(node)) if dotted(node) else None
        if origin is None or origin[1] not in origin[0].classes or depth > _DEEPEST:
            return None
        bases = origin[0].classes[origin[1]].bases
        return next((found for base in bases if (found := self._class_framework(base, origin[0], depth + 1))), None)

    def _annotated(self, node: ast.expr | None, module: Module) -> Framework | None:
        return APPS.get(qualified(node, module)) if node is not None else None


def qualified(node: ast.expr, module: Module) -> str:
    """The full name that an expression has by the module's imports: ``Flask`` → ``flask.Flask``."""
    name = dotted(node)
    first, _, rest = name.partition(".")
    imported = module.imports.get(first)
    if imported is None:
        return name
    taken = f"{imported.module}.{imported.name}" if imported.name else imported.module
    return f"{taken}.{rest}" if rest else taken


def other_framework(modules: Iterator[Module] | tuple[Module, ...]) -> tuple[str, str] | None:
    """The framework of another kind that modules import, and where; None when there is none."""
    for module in modules:
        for node in ast.walk(module.tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [f"{node.module}.{each.name}" for each in node.names]
            for name in names:
                for mark, shown in OTHERS.items():
                    if name == mark or name.startswith(f"{mark}."):
                        return shown, module.place(node)
    return None


def _is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A function that a server could call: no coroutine, no fixture, no private helper."""
    return isinstance(function, ast.FunctionDef) and not function.name.startswith("_") and not function.decorator_list
