"""What an expression most likely is, worked out by reading: constants, settings, paths, never by running.

A value is always a text; an expression may have several (both sides of ``a if x else b``), in the order of their
likelihood, and none when it cannot be known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..documents import is_plain
from .code import Code, Module
from .fold_attributes import of_attribute
from .fold_calls import of_call
from .fold_texts import of_key, of_path, of_percent, of_sum
from .syntax import Function, argument, assigned_in, default, dotted, parameters

_MOST_VALUES = 8
_DEEPEST = 25


@dataclass(frozen=True)
class Place:
    """Where an expression stands."""

    module: Module
    frames: tuple[ast.AST, ...] = ()
    """The classes and functions around it, outermost first."""

    def out_to(self, depth: int) -> Place:
        """The same place with only so many frames around."""
        return Place(self.module, self.frames[:depth])


class Folding:
    """Works out values, with the environment of the image."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self._depth = 0

    @property
    def environment(self) -> Mapping[str, str]:
        """ENV of the image."""
        return self.code.build.scope.environment

    @property
    def workdir(self) -> str:
        """Where the service runs, in the image."""
        return self.code.build.scope.workdir

    def values(self, node: ast.AST | None, place: Place) -> tuple[str, ...]:
        """What the expression may be; nothing when it is not known."""
        rule = _RULES.get(type(node))
        if rule is None or self._depth > _DEEPEST:
            return ()
        self._depth += 1
        try:
            return tuple(dict.fromkeys(rule(self, node, place)))[:_MOST_VALUES]
        finally:
            self._depth -= 1

    def all_of(self, nodes: Iterable[ast.AST | None], place: Place) -> list[str]:
        """The values of several expressions, one behind the other."""
        return [value for each in nodes for value in self.values(each, place)]


def _of_constant(folding: Folding, node: ast.Constant, place: Place) -> Iterable[str]:
    if isinstance(node.value, bool) or not isinstance(node.value, (str, int, float)):
        return ()
    text = str(node.value)
    return (text,) if is_plain(text) else ()


def of_name(folding: Folding, node: ast.Name, place: Place) -> Iterable[str]:
    """A name: of the function around, of its parameters, of the module, or imported."""
    if node.id == "__file__":
        return (place.module.target,)
    for depth in range(len(place.frames), 0, -1):
        frame = place.frames[depth - 1]
        if isinstance(frame, (ast.FunctionDef, ast.AsyncFunctionDef)):
            local = [value for key, value in assigned_in(frame) if key == node.id]
            if local:
                return folding.all_of(local, place.out_to(depth))
            if node.id in parameters(frame):
                return _of_parameter(folding, node.id, frame, place.out_to(depth))
    origin = folding.code.origin(place.module, node.id)
    return folding.all_of(origin[0].assigned.get(origin[1], ()), Place(origin[0])) if origin else ()


def _of_parameter(folding: Folding, name: str, function: Function, place: Place) -> Iterable[str]:
    """What calls pass, then the default."""
    owner = place.frames[-2] if len(place.frames) > 1 else None
    called = owner.name if function.name == "__init__" and isinstance(owner, ast.ClassDef) else function.name
    index = parameters(function).index(name)
    found: list[str] = []
    calls = (call for alias in folding.code.aliases(called) for call in folding.code.calls_of(alias))
    for module, node, frames in calls:
        local = module is place.module or folding.code.origin(module, dotted(node.func)) == (place.module, called)
        if local:
            found += folding.values(argument(node, index, name), Place(module, frames))
    defaults = [default(function, name), *_of_decorators(folding, name, function, place)]
    return [*found, *folding.all_of(defaults, place)]


def _of_decorators(folding: Folding, name: str, function: Function, place: Place) -> list[ast.expr]:
    """Defaults of ``@click.option("--name", default=…)``."""
    found: list[ast.expr] = []
    for each in function.decorator_list:
        if isinstance(each, ast.Call) and name in {
            value.lstrip("-").replace("-", "_") for value in folding.all_of(each.args, place)
        }:
            found += [given.value for given in each.keywords if given.arg == "default"]
    return found


def _of_either(folding: Folding, node: ast.IfExp, place: Place) -> Iterable[str]:
    return folding.all_of((node.body, node.orelse), place)


def _of_or(folding: Folding, node: ast.BoolOp, place: Place) -> Iterable[str]:
    return [each for each in folding.all_of(node.values, place) if each] if isinstance(node.op, ast.Or) else ()


def _of_operator(folding: Folding, node: ast.BinOp, place: Place) -> Iterable[str]:
    if isinstance(node.op, ast.Add):
        return of_sum(folding, [node.left, node.right], place)
    if isinstance(node.op, ast.Div):
        return of_path(folding, [node.left, node.right], place)
    return of_percent(folding, node, place) if isinstance(node.op, ast.Mod) else ()


def _of_joined(folding: Folding, node: ast.JoinedStr, place: Place) -> Iterable[str]:
    parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
    return of_sum(folding, parts, place)


def _of_subscript(folding: Folding, node: ast.Subscript, place: Place) -> Iterable[str]:
    if dotted(node.value).endswith("environ"):
        known = folding.values(node.slice, place)
        return [folding.environment[key] for key in known if key in folding.environment]
    return of_key(folding, node.value, node.slice, place)


def _of_inner(folding: Folding, node: ast.NamedExpr | ast.Await, place: Place) -> Iterable[str]:
    return folding.values(node.value, place)


_RULES: dict[type[Any], Callable[[Folding, Any, Place], Iterable[str]]] = {
    ast.Constant: _of_constant,
    ast.Name: of_name,
    ast.Attribute: of_attribute,
    ast.Call: of_call,
    ast.Subscript: _of_subscript,
    ast.JoinedStr: _of_joined,
    ast.BinOp: _of_operator,
    ast.BoolOp: _of_or,
    ast.IfExp: _of_either,
    ast.NamedExpr: _of_inner,
    ast.Await: _of_inner,
}
