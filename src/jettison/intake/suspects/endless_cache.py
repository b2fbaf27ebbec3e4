"""A function that remembers every result for ever: by what requests bring, or by the object that it belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...records import Suspect
from ..source.syntax import Function, argument, last_name, parameters
from .served import Served

_ADVICE = "give it a maxsize that fits, and not on a method, where it keeps every object too"


def found(app: Served) -> Iterator[Suspect]:
    """``functools.cache`` and ``lru_cache(maxsize=None)`` on functions with arguments."""
    for module in app.modules:
        for node in ast.walk(module.tree):
            if not isinstance(node, Function):
                continue
            is_method = bool(node.args.args) and node.args.args[0].arg == "self"
            if not is_method and not parameters(node):
                continue
            for each in node.decorator_list:
                if _is_endless(each) or (is_method and _remembers(each)):
                    kept = "every object that it was called on" if is_method else "the result for every argument"
                    message = f"{node.name} keeps {kept}"
                    yield app.suspect("endless-cache", module, each, (message, _ADVICE), node.name)


def _remembers(node: ast.expr) -> bool:
    return last_name(node.func if isinstance(node, ast.Call) else node) == "lru_cache"


def _is_endless(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        size = argument(node, 0, "maxsize")
        return _remembers(node) and isinstance(size, ast.Constant) and size.value is None
    return last_name(node) == "cache"
