"""Statements, from top to bottom: what each name is after them, and what has to change in them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from jettison.adapt.known.python import PROPERTIES, TRANSPARENT_DECORATORS

from . import branches, calls, conditions, expressions, hints, imports, items, objects, torch_calls
from .frame import Frame
from .harmless import harmless
from .kinds import Array, ClassObject, Const, Facade, Foreign, Function, Value, literal, one, spoken
from .memory import union
from .scopes import defaults, own_nodes, parameters


def read(body: Sequence[ast.stmt], frame: Frame) -> None:
    """Read statements up to the first that never goes on."""
    for node in body:
        if not frame.reached:
            return
        frame.reading.ledger.forget(node)
        _statement(node, frame)


def _statement(node: ast.stmt, frame: Frame) -> None:  # noqa: PLR0912
    match node:
        case ast.Expr():
            if not torch_calls.statement(node, frame):
                expressions.value(node.value, frame)
        case ast.Assign():
            _assign(node, frame)
        case ast.AnnAssign(target=target, annotation=said, value=given):
            promised = hints.annotation(said, frame)
            if given is not None:
                found = expressions.value(given, frame)
                _spare(node, target, given, found, frame)
                inside = isinstance(frame.scope.node, ast.ClassDef)
                items.bind(target, objects.default(given, found, frame) if inside else found, frame)
            elif promised and isinstance(target, ast.Name) and isinstance(frame.scope.node, ast.ClassDef):
                frame.assign(target.id, promised)
        case ast.AugAssign():
            _augmented(node, frame)
        case ast.Return(value=given):
            _return(node, given, frame)
        case ast.Raise(exc=error, cause=cause):
            for each in (error, cause):
                expressions.plain(each, "an error", frame)
            frame.reached = False
        case ast.Break():
            frame.loops[-1].broken.append(dict(frame.names))
            frame.reached = False
        case ast.Continue():
            frame.loops[-1].continued.append(dict(frame.names))
            frame.reached = False
        case ast.Import() | ast.ImportFrom():
            imports.read(node, frame)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _function(node, frame)
        case ast.ClassDef():
            _class(node, frame)
        case ast.Assert(test=condition, msg=message):
            conditions.test(condition, frame)
            expressions.plain(message, "an error", frame)
        case ast.Delete(targets=targets):
            for each in targets:
                if isinstance(each, (ast.Attribute, ast.Subscript)):
                    _delete(each, frame)
        case _:
            branches.read(node, frame)


def _assign(node: ast.Assign, frame: Frame) -> None:
    if torch_calls.setting(node, frame):
        return
    found = expressions.value(node.value, frame)
    for target in node.targets:
        items.bind(target, found, frame)
    if len(node.targets) == 1:
        _spare(node, node.targets[0], node.value, found, frame)


def _spare(node: ast.stmt, target: ast.expr, given: ast.expr, found: Value, frame: Frame) -> None:
    """A name that only says where there is no choice any more: needless once nobody asks for it."""
    decided = all((isinstance(kind, Const) and kind.gpu) or kind == Facade("device") for kind in found)
    if found and decided and isinstance(target, ast.Name) and harmless(given, frame):
        frame.reading.ledger.spare(frame.scope.source, node, target.id)


def _augmented(node: ast.AugAssign, frame: Frame) -> None:
    """``x += y`` is read as ``x = x + y``, always the same made-up expression, for places are told apart by it."""
    made = frame.reading.augmented.get(node)
    if made is None:
        left = ast.parse(ast.unparse(node.target), mode="eval").body
        made = ast.BinOp(left, node.op, node.value)
        for each in (made, *ast.walk(left)):
            ast.copy_location(each, node.target)
        frame.reading.augmented[node] = made
    found = expressions.value(made, frame)
    if any(isinstance(kind, Array) for kind in found):
        frame.refuse(node, "changing a tensor is not followed")
    items.bind(node.target, found, frame)


def _delete(target: ast.Attribute | ast.Subscript, frame: Frame) -> None:
    for kind in expressions.value(target.value, frame):
        if isinstance(kind, (Facade, Array)):
            frame.refuse(target, f"changing {spoken(kind)} is not followed")


def _return(node: ast.Return, given: ast.expr | None, frame: Frame) -> None:
    found = expressions.value(given, frame) if given is not None else literal(None)
    function = frame.scope.node
    frame.memory.write(("return", function), found)
    if _goes_outside(frame):
        for kind in frame.memory.followed(found, results=True):
            frame.refuse(node, f"{spoken(kind)} is returned to a library, which is not followed")
        calls.expose(found, frame)
    frame.reached = False


def _goes_outside(frame: Frame) -> bool:
    """The function is called by a library, or by nobody who was seen."""
    memory, function, owner = frame.memory, frame.scope.node, frame.scope.owner
    if memory.marked("decorated", function):
        return True
    only_outside = not memory.marked("called", function)
    return only_outside and owner is not None and memory.marked("foreign base", owner)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    frame.child(node)
    calls.read_defaults(node, frame)
    given = defaults(node)
    for parameter in parameters(node):
        promised = hints.annotation(parameter.annotation, frame)
        if parameter.arg in given:
            injected = hints.injected(given[parameter.arg], promised, frame)
            frame.memory.write(("parameter", node, parameter.arg), injected)
        if promised and parameter not in (node.args.vararg, node.args.kwarg):
            frame.memory.write(("annotated", node, parameter.arg), promised)
    hints.annotation(node.returns, frame)
    found = one(Function(node))
    for decorator in reversed(node.decorator_list):
        found = _decorated(node, decorator, found, frame)
    if any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in own_nodes(node)):
        frame.memory.mark("generator", node)
    frame.assign(node.name, found)


def _decorated(node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr, found: Value, frame: Frame) -> Value:
    """What a function is behind its decorator."""
    if torch_calls.is_scope(decorator, frame, decorator=True):
        frame.edit(decorator, "drop decorator")
        return found
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    kinds = expressions.raw(function, frame)
    paths = {kind.path for kind in kinds if isinstance(kind, Foreign)}
    if paths & PROPERTIES:
        frame.memory.mark("property", node)
    if "builtins.staticmethod" in paths:
        frame.memory.mark("static", node)
    if "builtins.classmethod" in paths:
        frame.memory.mark("of class", node)
    if paths and paths <= TRANSPARENT_DECORATORS:
        if isinstance(decorator, ast.Call):
            calls.given(decorator, frame)
        return found
    given = expressions.value(decorator, frame)
    own = frozenset(kind for kind in given if isinstance(kind, Function))
    if own:
        taking = calls.Given(decorator, places=(decorator,), values=(found,))
        return union(calls.call(kind, taking, frame) for kind in own)
    frame.memory.mark("decorated", node)
    frame.memory.mark("exposed", node)
    return found


def _class(node: ast.ClassDef, frame: Frame) -> None:
    objects.define(node, frame)
    inner = Frame(frame.reading, frame.child(node))
    read(node.body, inner)
    frame.assign(node.name, one(ClassObject(node)))
