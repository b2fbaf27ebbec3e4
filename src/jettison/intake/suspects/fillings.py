"""Where code adds to a container that has a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source.syntax import Function, last_name

_ADDING = frozenset({"add", "append", "appendleft", "extend", "insert", "put", "put_nowait", "setdefault", "update"})
CACHES = frozenset({"lru_cache", "cache", "cached", "memoize"})


def fillings(tree: ast.AST, name: str) -> Iterator[ast.stmt | ast.expr]:
    """Calls and assignments that may add to what has that name, also as an attribute, or as a text that is its key.

    Of a function that remembers its results it is the decorator.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ADDING:
            if owner(node.func.value) == name:
                yield node
        elif isinstance(node, ast.Assign):
            if any(isinstance(each, ast.Subscript) and owner(each.value) == name for each in node.targets):
                yield node
        elif isinstance(node, ast.AugAssign) and owner(node.target) == name:
            yield node
        elif isinstance(node, Function) and node.name == name:
            yield from (each for each in node.decorator_list if owner(each) in CACHES)


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
