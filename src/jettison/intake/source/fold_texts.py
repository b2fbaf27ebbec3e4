"""Values of texts and paths that are put together, and of what lists and tables hold."""

from __future__ import annotations

import ast
import itertools
import posixpath
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .syntax import assigned_in, dotted

if TYPE_CHECKING:
    from .folding import Folding, Place

_MOST = 8


def combinations(folding: Folding, nodes: Sequence[ast.AST], place: Place) -> Iterable[tuple[str, ...]]:
    """Every way to choose a value for each; none when one is not known."""
    known = [folding.values(each, place) for each in nodes]
    return itertools.islice(itertools.product(*known), _MOST) if all(known) else ()


def of_sum(folding: Folding, nodes: Sequence[ast.AST], place: Place) -> Iterable[str]:
    """Texts one behind the other."""
    return ["".join(each) for each in combinations(folding, nodes, place)]


def of_path(folding: Folding, nodes: Sequence[ast.AST], place: Place) -> Iterable[str]:
    """Parts of a path, joined."""
    return [posixpath.join(*each) for each in combinations(folding, nodes, place) if each]


def of_percent(folding: Folding, node: ast.BinOp, place: Place) -> Iterable[str]:
    """``"%s" % x``."""
    items = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    for text, *given in combinations(folding, [node.left, *items], place):
        try:
            yield text % tuple(given)
        except (TypeError, ValueError):
            continue


def of_key(folding: Folding, owner: ast.expr, key: ast.AST | None, place: Place) -> Iterable[str]:
    """What a table or list holds under a key; all that it holds when the key is not known."""
    literal, where = _literal(folding, owner, place)
    wanted = folding.values(key, place)
    if isinstance(literal, ast.Dict):
        named = [(folding.values(name, where), value) for name, value in zip(literal.keys, literal.values, strict=True)]
        return folding.all_of((value for names, value in named if not wanted or {*names} & {*wanted}), where)
    if isinstance(literal, (ast.List, ast.Tuple)):
        index = int(wanted[0]) if wanted and wanted[0].lstrip("-").isdecimal() else None
        if index is not None and -len(literal.elts) <= index < len(literal.elts):
            return folding.values(literal.elts[index], where)
        return folding.all_of(literal.elts, where)
    return ()


def _literal(folding: Folding, node: ast.expr, place: Place) -> tuple[ast.expr | None, Place]:
    """The table or list that an expression is, where it is written out, and the place of its writing."""
    if isinstance(node, ast.Subscript):  # a table in a table
        outer, where = _literal(folding, node.value, place)
        keys = {*folding.values(node.slice, place)}
        pairs = zip(outer.keys, outer.values, strict=True) if isinstance(outer, ast.Dict) else ()
        inner = next((value for name, value in pairs if keys & {*folding.values(name, where)}), None)
        return inner, where
    if isinstance(node, (ast.Dict, ast.List, ast.Tuple)):
        return node, place
    name = dotted(node)
    for frame in reversed(place.frames):
        if isinstance(frame, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found = next((value for key, value in assigned_in(frame) if key == name), None)
            if found is not None:
                return found, place
    origin = folding.code.origin(place.module, name) if name else None
    if origin is not None and origin[0].assigned.get(origin[1]):
        return origin[0].assigned[origin[1]][-1], type(place)(origin[0])
    return None, place
