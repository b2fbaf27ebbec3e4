"""Python texts taken apart, and never run: parsed without a word, and called by name without going down."""

from __future__ import annotations

import ast
import warnings


def parsed(text: str) -> ast.Module | None:
    """The tree, which nobody may change; None when the text does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def dotted(node: ast.expr) -> tuple[str, ...]:
    """The names of ``a.b.c``; of ``f(x).b.c`` those behind the call. A chain of hundreds of calls is no matter."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return tuple(parts[::-1])
