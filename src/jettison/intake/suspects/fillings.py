"""Where code adds to a container that has a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source.syntax import Function, last_name

_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "put", "put_nowait", "setdefault", "update"})
CACHES = frozenset({"lru_cache", "cache", "cached", "memoize"})


def fillings(tree: ast.AST, name: str) -> Iterator[ast.stmt | ast.expr]:
    """Calls and assignments that may add to what has that name, also as an attribute, or as a text that is its key.

    Of a function that remembers its results it is the decorator; of a global name, also where a function replaces it.
    """
    replaced = {id(each) for each in _replacing(tree, name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
            if owner(node.func.value) == name:
                yield node
        elif isinstance(node, ast.Assign):
            by_key = any(isinstance(each, ast.Subscript) and owner(each.value) == name for each in node.targets)
            if by_key or id(node) in replaced:
                yield node
        elif isinstance(node, ast.AugAssign) and owner(node.target) == name:
            yield node
        elif isinstance(node, Function) and node.name == name:
            yield from (each for each in node.decorator_list if owner(each) in CACHES)


def _replacing(tree: ast.AST, name: str) -> Iterator[ast.Assign]:
    """``last = Node(last)`` under ``global last``, and ``Node.last = Node(Node.last)``."""
    for function in ast.walk(tree):
        if not isinstance(function, Function):
            continue
        named = any(isinstance(node, ast.Global) and name in node.names for node in ast.walk(function))
        for node in ast.walk(function):
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                from_itself = isinstance(target, ast.Attribute) and target.attr == name and _uses(node.value, name)
                if from_itself or (named and isinstance(target, ast.Name) and target.id == name):
                    yield node


def _uses(node: ast.expr, name: str) -> bool:
    return any(isinstance(each, (ast.Name, ast.Attribute)) and last_name(each) == name for each in ast.walk(node))


def owner(node: ast.expr) -> str:
    """``SEEN`` of ``SEEN``, ``app.SEEN``, ``SEEN[key]``, ``app["SEEN"]`` and ``app.setdefault("SEEN", [])``."""
    if isinstance(node, ast.Subscript):
        return _text(node.slice) or owner(node.value)
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "setdefault") and node.args
        return (_text(node.args[0]) if named else "") or owner(node.func)
    return last_name(node)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
