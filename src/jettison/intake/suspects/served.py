"""An app's sources with the functions that run for every request: handlers, hooks, and what they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...records import Deployment, Start, Suspect, SuspectCode
from ..source.code import NOT_OWN, Module, parsed
from ..source.syntax import Function, last_name, methods
from .fillings import CACHES

_HANDLING = frozenset(
    (
        *("route", "get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket"),
        *("before_request", "after_request", "teardown_request", "middleware", "errorhandler", "exception_handler"),
    )
)
"""Decorators of functions that answer or accompany requests."""
_GIVEN = frozenset({"add_url_rule", "add_api_route", "add_route", "Route", "WebSocketRoute", "Depends", "add_task"})
"""Calls that are given such functions."""
_VIEWS = ("View", "Resource", "Endpoint", "Middleware")
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "dispatch", "__call__", "dispatch_request"})
_LARGEST_BYTES = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Served:
    """What the rules read."""

    modules: tuple[Module, ...]
    lines: dict[str, list[str]]
    """Text by source."""
    per_request: tuple[tuple[Module, Function], ...]
    """Functions that run for every request, those that remember their results left out."""
    start: Start
    environment: dict[str, str]

    def suspect(
        self, code: SuspectCode, module: Module, node: ast.AST, words: tuple[str, str], name: str = ""
    ) -> Suspect:
        """A line with what it does and what to write instead."""
        line = getattr(node, "lineno", 1)
        text = self.lines[module.source][line - 1 : line]
        return Suspect(
            code=code,
            file=module.source,
            line=line,
            source="".join(text).strip()[:200],
            message=words[0],
            advice=words[1],
            name=name,
        )


def served(found: Deployment) -> Served:
    """Reads the sources that the image holds."""
    modules, lines = [], {}
    for file in found.files:
        path, source = found.root / file.source, file.source.as_posix()
        if path.suffix != ".py" or NOT_OWN.search(file.target) or file.size_bytes > _LARGEST_BYTES:
            continue
        try:
            data = path.read_bytes()
            modules.append(parsed(file.target, source, data))
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        lines[source] = data.decode("utf-8", "replace").splitlines()
    return Served(
        modules=tuple(modules),
        lines=lines,
        per_request=tuple(_per_request(modules)),
        start=found.start,
        environment=dict(found.environment),
    )


def _per_request(modules: Sequence[Module]) -> Iterator[tuple[Module, Function]]:
    functions = [(module, node) for module in modules for node in ast.walk(module.tree) if isinstance(node, Function)]
    by_name: dict[str, list[tuple[Module, Function]]] = {}
    for module, function in functions:
        by_name.setdefault(function.name, []).append((module, function))
    for module in modules:
        for owner in module.classes.values():
            by_name.setdefault(owner.name, []).extend(
                (module, each) for each in methods(owner) if each.name == "__init__"
            )
    waiting = [*_handlers(modules, functions, by_name)]
    seen: set[int] = set()
    while waiting:
        module, function = waiting.pop(0)
        if id(function) in seen or any(last_name(_called(each)) in CACHES for each in function.decorator_list):
            continue
        seen.add(id(function))
        yield module, function
        for node in ast.walk(function):
            if isinstance(node, ast.Call):
                waiting += _meant(node, module, by_name)


def _meant(
    node: ast.Call, module: Module, by_name: dict[str, list[tuple[Module, Function]]]
) -> list[tuple[Module, Function]]:
    """The service's own functions that a call may run: of its module first, else the only one of that name."""
    named = by_name.get(last_name(node.func), [])
    here = [each for each in named if each[0] is module]
    return here if here else named if len(named) == 1 else []


def _handlers(
    modules: Sequence[Module],
    functions: Sequence[tuple[Module, Function]],
    by_name: dict[str, list[tuple[Module, Function]]],
) -> Iterator[tuple[Module, Function]]:
    for module, function in functions:
        if any(last_name(_called(each)) in _HANDLING for each in function.decorator_list):
            yield module, function
    for module in modules:
        for owner in module.classes.values():
            if any(last_name(base).endswith(_VIEWS) for base in owner.bases) or owner.name.endswith("Middleware"):
                yield from ((module, each) for each in methods(owner) if each.name in _VERBS)
        for node, _ in module.calls:
            if last_name(node.func) in _GIVEN:
                given = [*node.args, *(each.value for each in node.keywords)]
                yield from (each for value in given for each in by_name.get(last_name(value), ()))


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node
