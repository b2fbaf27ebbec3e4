"""Expressions that can be taken out of the code: reading them does nothing."""

from __future__ import annotations

import ast

from jettison.adapt.known.torch import DEVICE, PLAIN_CALLS

from .frame import Frame
from .kinds import Foreign

_PURE_CALLS = {
    "builtins.hasattr",
    "os.getenv",
    "os.environ.get",
    "builtins.str",
    "builtins.int",
    "builtins.bool",
    "builtins.len",
}


def harmless(node: ast.expr, frame: Frame) -> bool:  # noqa: PLR0911
    """The expression only looks things up."""
    match node:
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=inner) | ast.UnaryOp(operand=inner) | ast.Starred(value=inner):
            return harmless(inner, frame) or is_parameters_device(node)
        case ast.Subscript(value=inner, slice=key):
            return harmless(inner, frame) and harmless(key, frame)
        case ast.Compare(left=left, comparators=others):
            return all(harmless(each, frame) for each in (left, *others))
        case ast.BoolOp(values=operands) | ast.Tuple(elts=operands) | ast.List(elts=operands):
            return all(harmless(each, frame) for each in operands)
        case ast.IfExp(test=condition, body=body, orelse=orelse):
            return all(harmless(each, frame) for each in (condition, body, orelse))
        case ast.JoinedStr(values=parts):
            return all(harmless(part.value, frame) for part in parts if isinstance(part, ast.FormattedValue))
        case ast.Call(func=ast.Attribute(value=inner, attr="startswith" | "lower" | "strip"), args=arguments):
            return all(harmless(each, frame) for each in (inner, *arguments))
        case ast.Call(func=function, args=arguments, keywords=keywords):
            given = (*arguments, *(each.value for each in keywords))
            return _looks_up(function, frame) and all(harmless(each, frame) for each in given)
        case _:
            return False


def is_parameters_device(node: ast.expr) -> bool:
    """``next(model.parameters()).device``: where a model lies, asked the long way."""
    match node:
        case ast.Attribute(
            attr="device",
            value=ast.Call(
                func=ast.Name("next"), args=[ast.Call(func=ast.Attribute(attr="parameters"), args=[], keywords=[])]
            ),
        ):
            return True
        case _:
            return False


def _looks_up(function: ast.expr, frame: Frame) -> bool:
    path = dotted(function, frame)
    return path in _PURE_CALLS or path in PLAIN_CALLS or path == DEVICE


def dotted(node: ast.expr, frame: Frame) -> str | None:
    """The path of a name or a chain of attributes that is surely something imported."""
    match node:
        case ast.Name(id=name):
            kinds = [kind for kind in frame.lookup(name) if isinstance(kind, Foreign)]
            return kinds[0].path if len(kinds) == 1 else None
        case ast.Attribute(value=inner, attr=name):
            path = dotted(inner, frame)
            return f"{path}.{name}" if path else None
        case _:
            return None
