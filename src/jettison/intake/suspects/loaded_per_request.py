"""A model that is loaded while a request waits: again for every one, and twice in memory while both answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...records import Suspect
from ..models.model_names import loads_model
from ..source.syntax import last_name
from .served import Served

_MESSAGE = "a model is loaded for every request"
_ADVICE = "load it once, at the top of the module or in the app's start, and keep it under a name"


def found(app: Served) -> Iterator[Suspect]:
    """Loading calls in functions that run for every request, but those that run only the first time."""
    for module, function in app.per_request:
        for node in _unguarded(function):
            if isinstance(node, ast.Call) and loads_model(node, module):
                yield app.suspect("model-per-request", module, node, (_MESSAGE, _ADVICE))


def _unguarded(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _asks_whether_there(child.test):
            for other in child.orelse:
                yield from _unguarded(other)
            continue
        yield child
        yield from _unguarded(child)


def _asks_whether_there(test: ast.expr) -> bool:
    """``if model is None``, ``if not model``, ``if name not in models``, ``if not hasattr(g, "model")``."""
    for node in ast.walk(test):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return True
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Is, ast.NotIn, ast.Eq)):
            return True
        if isinstance(node, ast.Call) and last_name(node.func) in ("hasattr", "empty"):
            return True
    return False
