"""What is to be changed in a file, as data: the reading decides, `transform` carries it out."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

Action = Literal[
    "drop statement",
    "replace statement",
    "drop keyword",
    "drop scope",
    "drop decorator",
    "replace",
    "unwrap",
    "keep body",
    "keep orelse",
    "imports",
]
"""``unwrap``: a call becomes what it is called on, or with the code ``argument`` its first argument. ``keep body`` and
``keep orelse``: of an ``if``, as a statement or in an expression. ``imports``: an import becomes others, or nothing."""

Span = tuple[int, int, int, int]
"""First line, first column, last line, column behind the end; lines from 1, columns from 0, in characters."""


@dataclass(frozen=True)
class Edit:
    """One change at one place."""

    action: Action
    span: Span
    code: str = ""
    """The new code: an expression, a statement, or imports, a line each."""


def span(node: ast.AST, lines: list[str]) -> Span:
    """Where a node stands. Python counts columns in UTF-8 bytes, editors and libcst in characters."""
    place = node if isinstance(node, (ast.expr, ast.stmt, ast.keyword)) else None
    if place is None or place.end_lineno is None or place.end_col_offset is None:
        raise ValueError(f"{type(node).__name__} has no place in the source")
    return (
        place.lineno,
        _characters(lines[place.lineno - 1], place.col_offset),
        place.end_lineno,
        _characters(lines[place.end_lineno - 1], place.end_col_offset),
    )


def _characters(line: str, column_bytes: int) -> int:
    return len(line.encode()[:column_bytes].decode())
