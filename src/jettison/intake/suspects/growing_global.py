"""A module's container that requests add to and nothing takes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...records import Suspect
from ..source.code import Module
from ..source.syntax import Function, keyword, last_name
from .fillings import fillings, owner
from .served import Served

_MAKERS = frozenset({"list", "dict", "set", "defaultdict", "OrderedDict", "deque", "Counter"})
_TAKING = frozenset({"clear", "pop", "popitem", "popleft", "remove", "discard", "expire", "get_nowait", "move_to_end"})
_ADVICE = "give it a bound (functools.lru_cache, collections.deque with maxlen), or keep it outside the process"


def found(app: Served) -> Iterator[Suspect]:
    """Lines that add to such a container."""
    for module in app.modules:
        for name, values in module.assigned.items():
            if not name.isidentifier() or not all(_is_container(value) for value in values):
                continue
            if any(_is_bounded(each, name) for each in app.modules):
                continue
            seen: set[int] = set()
            for home, function in app.per_request:
                if home is not module and name not in home.imports and f".{name}" not in ast.unparse(function):
                    continue
                for node in fillings(function, name):
                    if _grows(node) and node.lineno not in seen and not _is_shadowed(home, function, node, name):
                        seen.add(node.lineno)
                        message = f"{name} grows with every request, and nothing takes from it"
                        yield app.suspect("growing-global", home, node, (message, _ADVICE), name)


def _is_container(value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Dict, ast.Set)):
        return True
    return isinstance(value, ast.Call) and last_name(value.func) in _MAKERS and keyword(value, "maxlen") is None


def _is_bounded(module: Module, name: str) -> bool:
    """Something takes from it, empties it, replaces it, or looks at its size."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            taken = (
                isinstance(node.func, ast.Attribute) and node.func.attr in _TAKING and owner(node.func.value) == name
            )
            if taken or (last_name(node.func) == "len" and node.args and _is_compared(module, node, name)):
                return True
        if isinstance(node, ast.Delete) and any(owner(each) == name for each in node.targets):
            return True
        if isinstance(node, Function) and _declares(node, name) and _is_replaced(node, name):
            return True
    return False


def _declares(function: Function, name: str) -> bool:
    return any(isinstance(node, ast.Global) and name in node.names for node in ast.walk(function))


def _is_replaced(function: Function, name: str) -> bool:
    """Its name is given to something else there; ``SEEN += [x]`` only adds."""
    added = {id(node.target) for node in ast.walk(function) if isinstance(node, ast.AugAssign) and _adds(node.op)}
    return any(id(node) not in added for node in _stored(function, name))


def _adds(operator: ast.operator) -> bool:
    return isinstance(operator, (ast.Add, ast.BitOr))


def _stored(function: Function, name: str) -> Iterator[ast.Name]:
    """Where a function gives that name to something."""
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            yield node


def _is_shadowed(module: Module, function: Function, filling: ast.stmt | ast.expr, name: str) -> bool:
    """What is filled is a variable of that function, or of one around it, and only has the global's name."""
    nodes = (node for part in _filled(filling) for node in ast.walk(part))
    if not any(isinstance(node, ast.Name) and node.id == name for node in nodes):
        return False
    for around in ast.walk(module.tree):
        if not isinstance(around, Function) or not any(node is function for node in ast.walk(around)):
            continue
        given = any(isinstance(node, ast.arg) and node.arg == name for node in ast.walk(around.args))
        if given or (not _declares(around, name) and any(_stored(around, name))):
            return True
    return False


def _filled(filling: ast.stmt | ast.expr) -> list[ast.expr]:
    """Of a call what its method belongs to, of an assignment what is left of its sign."""
    if isinstance(filling, ast.Call):
        return [filling.func]
    if isinstance(filling, ast.Assign):
        return filling.targets
    return [filling.target] if isinstance(filling, ast.AugAssign) else []


def _is_compared(module: Module, call: ast.Call, name: str) -> bool:
    if owner(call.args[0]) != name:
        return False
    return any(isinstance(node, ast.Compare) and call in ast.walk(node) for node in ast.walk(module.tree))


def _is_one_of_few(key: ast.expr) -> bool:
    """Written in the code, or a remainder: ``last[number % 50]``."""
    return isinstance(key, ast.Constant) or any(isinstance(each, ast.Mod) for each in ast.walk(key))


def _grows(node: ast.stmt | ast.expr) -> bool:
    """A key that is written in the code is there once."""
    if isinstance(node, ast.Assign):
        return any(isinstance(each, ast.Subscript) and not _is_one_of_few(each.slice) for each in node.targets)
    if isinstance(node, ast.AugAssign):
        return isinstance(node.target, ast.Name)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault":
        return bool(node.args) and not isinstance(node.args[0], ast.Constant)
    return isinstance(node, ast.Call)
