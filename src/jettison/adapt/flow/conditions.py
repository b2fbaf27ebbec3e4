"""Conditions: which are decided for good because there is no GPU."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from . import expressions, tensor_calls
from .frame import Frame
from .harmless import harmless
from .kinds import NOTHING, PLAIN, Array, Const, Facade, Foreign, Value, constants, facade, literal, spoken, truth
from .memory import union

_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}


def test(node: ast.expr, frame: Frame) -> bool | None:
    """Read a condition; True or False when it is decided for good because there is no GPU."""
    return _tested(node, frame)[1]


def _tested(node: ast.expr, frame: Frame) -> tuple[Value, bool | None]:
    found = expressions.value(node, frame)
    decided = truth(found)
    return found, decided if decided is not None and harmless(node, frame) else None


def either(node: ast.IfExp, frame: Frame) -> Value:
    """``a if condition else b``."""
    decided = test(node.test, frame)
    if decided is None:
        return expressions.value(node.body, frame) | expressions.value(node.orelse, frame)
    frame.edit(node, "keep body" if decided else "keep orelse")
    return _decided(expressions.value(node.body if decided else node.orelse, frame))


def _decided(found: Value) -> Value:
    """Literals that are what they are because there is no GPU."""
    return frozenset(Const(kind.text, gpu=True) if isinstance(kind, Const) else kind for kind in found)


def combined(node: ast.BoolOp, frame: Frame) -> Value:
    """``a and b``, ``a or b``."""
    ends = isinstance(node.op, ast.Or)
    """The truth that ends the expression."""
    found: list[Value] = []
    passed_over = 0
    for number, operand in enumerate(node.values):
        given, decided = _tested(operand, frame)
        if decided is (not ends) and number < len(node.values) - 1:
            passed_over += 1
            continue
        found.append(given)
        if decided is not ends or not all(harmless(before, frame) for before in node.values[:number]):
            continue
        if number == 0 and constants(given) == (ends,):
            frame.edit(node, "replace", repr(ends))
            return literal(ends, gpu=True)
        if number == len(node.values) - 1:
            return literal(ends, gpu=True)
    return _decided(found[-1]) if passed_over and len(found) == 1 else union(found)


def compared(node: ast.Compare, frame: Frame) -> Value:
    """``a == b``, ``a in b``, ``torch is not None``."""
    match node:
        case ast.Compare(ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(None)]):
            there = [kind for kind in expressions.raw(node.left, frame) if isinstance(kind, Foreign) and kind.replaced]
            if there and all(kind.package == "torch" for kind in there):
                answer = isinstance(op, ast.IsNot)
                frame.edit(node, "replace", repr(answer))
                return literal(answer, gpu=True)
    operands = [expressions.value(each, frame) for each in (node.left, *node.comparators)]
    if len(node.ops) == 1 and (answers := _answers(node.ops[0], operands[0], operands[1])):
        return answers
    if len(node.ops) == 1 and (made := tensor_calls.compared(node, operands[0], operands[1], frame)):
        return made
    for operation, left, right in zip(node.ops, operands, operands[1:], strict=False):
        if isinstance(operation, (ast.Is, ast.IsNot)):
            continue
        sides = left if isinstance(operation, (ast.In, ast.NotIn)) else left | right
        tensors = frozenset(kind for kind in right if isinstance(kind, Array) or kind == Facade("eager"))
        for kind in (frame.memory.followed(sides) | tensors) - facade("shape"):
            frame.refuse(node, f"comparing {spoken(kind)} is not followed")
    return PLAIN


def _answers(op: ast.cmpop, left: Value, right: Value) -> Value:
    """What a comparison of literals says, when one of them depends on the GPU."""
    ones, others = constants(left), constants(right)
    if not ones or not others or type(op) not in _COMPARED:
        return NOTHING
    if not any(isinstance(kind, Const) and kind.gpu for kind in left | right):
        return NOTHING
    try:
        return union(literal(bool(_COMPARED[type(op)](a, b)), gpu=True) for a in ones for b in others)
    except TypeError:
        return NOTHING


def unary(node: ast.UnaryOp, frame: Frame) -> Value:
    """``not a``, ``-a``."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            decided = test(operand, frame)
            return PLAIN if decided is None else literal(not decided, gpu=True)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(int(number) | float(number))):
            return literal(-number)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if tensors := _tensors(expressions.value(operand, frame)):
            return tensors
        case ast.UnaryOp(op=ast.Invert(), operand=operand) if tensors := _tensors(expressions.value(operand, frame)):
            return tensors
        case _:
            expressions.plain(node.operand, "arithmetic", frame)
            return PLAIN


def _tensors(found: Value) -> Value:
    """The value, if it is surely a tensor."""
    return found if all(isinstance(kind, Array) for kind in found) else NOTHING
