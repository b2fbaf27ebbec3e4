"""Type annotations: torch's names in them become ``object``, and the service's classes say what a parameter is."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known import sentence_transformers as sentences
from jettison.adapt.known.packages import REPLACED
from jettison.adapt.known.python import INJECTED

from . import expressions
from .frame import Frame
from .harmless import dotted
from .kinds import NOTHING, ClassObject, Instance, Value, one
from .memory import union

_INJECTING = {"typing.Annotated", "typing_extensions.Annotated"}
_OPTIONAL = {"typing.Optional", "typing.Union"}


def annotation(node: ast.expr | None, frame: Frame) -> Value:  # noqa: PLR0911
    """Read an annotation; gives what it promises: objects of the service's classes, and what FastAPI puts in."""
    if node is None:
        return NOTHING
    frame.reading.ledger.forget(node)
    match node:
        case ast.Name() | ast.Attribute():
            return _named(node, frame)
        case ast.Constant(str(text)):
            return _quoted(node, text, frame)
        case ast.Subscript(value=base, slice=inner):
            return _subscripted(base, inner, frame)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return annotation(left, frame) | annotation(right, frame)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                annotation(part, frame)
            return NOTHING
        case _:
            return NOTHING


def injected(node: ast.expr, promised: Value, frame: Frame) -> Value:
    """What ``Depends()`` with nothing in it gives: an object of what the annotation promises."""
    match node:
        case ast.Call(func=function, args=[], keywords=[]) if dotted(function, frame) in INJECTED:
            return promised
        case _:
            return NOTHING


def _named(node: ast.Name | ast.Attribute, frame: Frame) -> Value:
    path = dotted(node, frame)
    if path is not None:
        package, _, name = path.partition(".")
        if path == "torch.device":
            frame.edit(node, "replace", "str")
        elif package == "torch" or (package in REPLACED and not _has(package, name)):
            frame.edit(node, "replace", "object")
        return NOTHING
    found = expressions.raw(node, frame)
    return frozenset(Instance(kind.node) for kind in found if isinstance(kind, ClassObject))


def _has(package: str, name: str) -> bool:
    return name.partition(".")[0] in (known.NAMES if package == "transformers" else sentences.NAMES)


def _quoted(node: ast.Constant, text: str, frame: Frame) -> Value:
    try:
        inner = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return NOTHING
    names = [each for each in ast.walk(inner) if isinstance(each, (ast.Name, ast.Attribute))]
    paths = [dotted(each, frame) or "" for each in names]
    packages = {path.partition(".")[0] for path in paths}
    parts = [path.partition(".") for path in paths]
    lacking = [name for package, dot, name in parts if dot and package in REPLACED and not _has(package, name)]
    if "torch" in packages or lacking:
        frame.edit(node, "replace", "object")
        return NOTHING
    classes = union(frame.lookup(each.id) for each in names if isinstance(each, ast.Name))
    return frozenset(Instance(kind.node) for kind in classes if isinstance(kind, ClassObject))


def _subscripted(base: ast.expr, inner: ast.expr, frame: Frame) -> Value:
    path = dotted(base, frame)
    annotation(base, frame)
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if path in _INJECTING:
        promised = annotation(parts[0], frame)
        given = union(expressions.value(each, frame) | injected(each, promised, frame) for each in parts[1:])
        return promised | frozenset(kind for kind in given if frame.memory.followed(one(kind)))
    found = union(annotation(each, frame) for each in parts)
    return found if path in _OPTIONAL else NOTHING
