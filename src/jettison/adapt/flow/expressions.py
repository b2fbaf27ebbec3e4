"""What an expression may be, read from the inside out. Everything found on the way is written to the ledger."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as facade_known
from jettison.adapt.known import sentence_transformers as sentences
from jettison.adapt.known import tensorflow
from jettison.adapt.known.tensors import CLASSES
from jettison.adapt.known.torch import REASONS

from . import boxes, calls, conditions, items, members, tensor_calls, tensorflow_calls
from .frame import Frame
from .kinds import NOTHING, PLAIN, Array, Box, Foreign, Function, Value, facade, literal, one, spoken


def value(node: ast.expr, frame: Frame) -> Value:
    """What an expression may be, where it is used as a value: names of torch that have no counterpart are refused."""
    found = raw(node, frame)
    bare = frozenset(kind for kind in found if isinstance(kind, Foreign) and kind.replaced and not _movable(kind))
    if (
        bare
        and all(isinstance(kind, Foreign) and kind.path in CLASSES for kind in bare)
        and tensor_calls.keep(node, frame)
    ):
        return found
    for kind in bare:
        assert isinstance(kind, Foreign)
        frame.refuse(node, without_counterpart(kind.path))
    return found - bare


def without_counterpart(path: str) -> str:
    """Why a name of torch, transformers or TensorFlow is refused."""
    if path.partition(".")[0] in tensorflow.PACKAGES:
        return tensorflow_calls.without_counterpart(path)
    known = [reason for name, reason in REASONS.items() if path == name or path.startswith(name + ".")]
    return f"{path}: {known[0]}" if known else f"{path} has no counterpart without torch"


def raw(node: ast.expr, frame: Frame) -> Value:  # noqa: PLR0911, PLR0912
    """What an expression may be, names of torch and transformers included."""
    frame.reading.ledger.forget(node)
    match node:
        case ast.Constant(value=constant):
            return literal(constant)
        case ast.Name(id=name):
            return frame.lookup(name)
        case ast.Attribute():
            return members.attribute(node, frame)
        case ast.Subscript():
            return items.subscript(node, frame)
        case ast.Call():
            return calls.called(node, frame)
        case ast.IfExp():
            return conditions.either(node, frame)
        case ast.BoolOp():
            return conditions.combined(node, frame)
        case ast.Compare():
            return conditions.compared(node, frame)
        case ast.UnaryOp():
            return conditions.unary(node, frame)
        case ast.BinOp():
            return _binary(node, frame)
        case ast.List() | ast.Tuple() | ast.Set():
            return boxes.listed(node, frame)
        case ast.Dict():
            return boxes.mapped(node, frame)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return boxes.comprehended(node, frame)
        case ast.Lambda():
            frame.child(node)
            calls.read_defaults(node, frame)
            return one(Function(node))
        case ast.Await(value=inner) | ast.Starred(value=inner):
            return value(inner, frame)
        case ast.NamedExpr(target=target, value=inner):
            found = value(inner, frame)
            frame.assign(target.id, found)
            return found
        case ast.Yield(value=inner):
            frame.memory.write(("item", frame.scope.node, None), value(inner, frame) if inner else literal(None))
            return PLAIN
        case ast.YieldFrom(value=inner):
            given = boxes.elements(inner, value(inner, frame), frame)
            frame.memory.write(("item", frame.scope.node, None), given)
            return PLAIN
        case ast.FormattedValue():
            _formatted(node, frame)
            return PLAIN
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    plain(child, f"a {type(node).__name__}", frame)
            return PLAIN


def plain(node: ast.expr | None, use: str, frame: Frame) -> Value:
    """Read an expression that must be plain data: what torch made may not go there."""
    if node is None:
        return NOTHING
    found = value(node, frame)
    must_be_plain(node, found, use, frame)
    return found


def must_be_plain(node: ast.expr, found: Value, use: str, frame: Frame) -> None:
    """Refuse a value that torch made where only plain data can be followed."""
    for kind in frame.memory.followed(found):
        frame.refuse(node, f"{spoken(kind)} in {use} is not followed")


def _binary(node: ast.BinOp, frame: Frame) -> Value:
    left, right = value(node.left, frame), value(node.right, frame)
    joined = [kind for kind in left | right if isinstance(kind, Box)]
    if joined and isinstance(node.op, (ast.Add, ast.Mult, ast.BitOr)):
        made = Box(node, keyed=any(kind.keyed for kind in joined))
        for kind in joined:
            boxes.poured(kind, made, frame)
        return one(made)
    if (computed := tensor_calls.computed(node, left, right, frame)) is not None:
        return computed
    shown_alike = facade("device") if isinstance(node.op, ast.Mod) else NOTHING
    must_be_plain(node.left, left, "arithmetic", frame)
    must_be_plain(node.right, right - shown_alike, "arithmetic", frame)
    return PLAIN


def _formatted(node: ast.FormattedValue, frame: Frame) -> None:
    found = value(node.value, frame)
    # A tensor of one number is written as that number.
    shown_alike = frozenset({*facade("device"), Array(0)}) if node.conversion != ord("r") else NOTHING
    for kind in frame.memory.followed(found) - shown_alike:
        if frame.shown:
            frame.note(node.value, f"{spoken(kind)} is shown in another form")
        else:
            frame.refuse(node.value, f"the text of {spoken(kind)} differs without torch")
    if node.format_spec is not None:
        value(node.format_spec, frame)


def _movable(kind: Foreign) -> bool:
    """A name that the facade has too, so that it may be assigned and passed around."""
    package, _, name = kind.path.partition(".")
    if package == sentences.PACKAGE:
        return name in sentences.NAMES or name.removeprefix("util.") in sentences.FUNCTIONS
    return package == "transformers" and name in facade_known.NAMES
