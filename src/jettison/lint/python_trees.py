"""Python texts taken apart, and never run: parsed without a word, gone through once, called by name."""

from __future__ import annotations

import ast
import warnings
from weakref import WeakKeyDictionary

_NODES: WeakKeyDictionary[ast.Module, tuple[ast.AST, ...]] = WeakKeyDictionary()


def parsed(text: str) -> ast.Module | None:
    """The tree, which nobody may change; None when the text does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def nodes(tree: ast.Module) -> tuple[ast.AST, ...]:
    """All nodes below a tree's root, outer ones first, as ``ast.walk`` gives them: several rules ask for one file's."""
    known = _NODES.get(tree)
    if known is None:
        found: list[ast.AST] = [tree]
        for node in found:  # it grows meanwhile
            for value in node.__dict__.values():
                if isinstance(value, list):
                    found += [each for each in value if isinstance(each, ast.AST)]
                elif isinstance(value, ast.AST):
                    found.append(value)
        known = _NODES[tree] = tuple(found[1:])
    return known


def dotted(node: ast.expr) -> tuple[str, ...]:
    """The names of ``a.b.c``; of ``f(x).b.c`` those behind the call. A chain of hundreds of calls is no matter."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return tuple(parts[::-1])
