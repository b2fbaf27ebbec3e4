"""Statements with ways through them: conditions, loops, ``try``, ``with``, ``match``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from . import boxes, calls, conditions, expressions, harmless, items, objects, statements, torch_calls
from .frame import Frame, Loop, Names, joined
from .kinds import NOTHING, PLAIN, Array, Box, Facade, Instance, Method, Value, one, spoken
from .memory import union


def read(node: ast.stmt, frame: Frame) -> None:
    """Read one of them."""
    match node:
        case ast.If():
            _if(node, frame)
        case ast.For(target=target, iter=over) | ast.AsyncFor(target=target, iter=over):
            given = boxes.elements(over, expressions.value(over, frame), frame)
            _loop(node, target, given, frame)
        case ast.While(test=condition):
            conditions.test(condition, frame)
            _loop(node, None, NOTHING, frame)
        case ast.Try() | ast.TryStar():
            _try(node, frame)
        case ast.With() | ast.AsyncWith():
            _with(node, frame)
        case ast.Match():
            _match(node, frame)


def _if(node: ast.If, frame: Frame) -> None:
    decided = conditions.test(node.test, frame)
    if decided is not None:
        frame.edit(node, "keep body" if decided else "keep orelse")
        statements.read(node.body if decided else node.orelse, frame)
        return
    _ways(frame, lambda: statements.read(node.body, frame), lambda: statements.read(node.orelse, frame))


def _ways(frame: Frame, *ways: Callable[[], None]) -> None:
    """Read each of several ways from here; the names are what they are where the ways meet."""
    before, ends = dict(frame.names), []
    for way in ways:
        frame.names, frame.reached = dict(before), True
        way()
        if frame.reached:
            ends.append(frame.names)
    frame.reached = bool(ends)
    frame.names = joined(*ends)


def _loop(node: ast.For | ast.AsyncFor | ast.While, target: ast.expr | None, given: Value, frame: Frame) -> None:
    never: Names = dict(frame.names)
    while True:
        start = dict(frame.names)
        frame.loops.append(Loop())
        if target is not None:
            items.bind(target, given, frame)
        elif isinstance(node, ast.While):
            conditions.test(node.test, frame)
        statements.read(node.body, frame)
        loop = frame.loops.pop()
        again = [*loop.continued, *([frame.names] if frame.reached else [])]
        frame.names, frame.reached = joined(start, *again), True
        if frame.names == start:
            break
    endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
    frame.names, frame.reached = joined(never, frame.names), not endless
    if frame.reached:
        statements.read(node.orelse, frame)
    ends = [*loop.broken, *([frame.names] if frame.reached else [])]
    frame.names, frame.reached = joined(*ends), bool(ends)


def _try(node: ast.Try | ast.TryStar, frame: Frame) -> None:
    catching = bool(node.handlers) and not _only_imports_torch(node, frame)
    thrown = _guarded(node.body, frame, catching=catching)
    if frame.reached:
        statements.read(node.orelse, frame)
    ends = [frame.names] if frame.reached else []
    for handler in node.handlers if catching else ():
        frame.names, frame.reached = dict(thrown), True
        if handler.type is not None:
            expressions.value(handler.type, frame)
        if handler.name:
            frame.assign(handler.name, PLAIN)
        statements.read(handler.body, frame)
        if frame.reached:
            ends.append(frame.names)
    frame.names, frame.reached = joined(*ends), bool(ends)
    if node.finalbody:
        _finally(node.finalbody, thrown, frame)


def _guarded(body: list[ast.stmt], frame: Frame, *, catching: bool) -> Names:
    """Read a body that may end anywhere; gives what the names may be then."""
    before = dict(frame.names)
    frame.watchers.append({})
    frame.catching += catching
    statements.read(body, frame)
    frame.catching -= catching
    return joined(before, frame.watchers.pop())


def _finally(body: list[ast.stmt], thrown: Names, frame: Frame) -> None:
    """Read what is done in any case: with the names as they may be then, of which those after it are a part."""
    before, reached = frame.names, frame.reached
    frame.names, frame.reached = joined(before, thrown), True
    frame.watchers.append({})
    statements.read(body, frame)
    assigned = frame.watchers.pop()
    frame.names = {**before, **{name: frame.names[name] for name in assigned if name in frame.names}}
    frame.reached = frame.reached and reached


def _only_imports_torch(node: ast.Try | ast.TryStar, frame: Frame) -> bool:
    """Nothing is left of the body once torch is gone, so no handler ever runs."""
    for each in node.body:
        match each:
            case ast.Import(names=aliases) if all(alias.name.partition(".")[0] == "torch" for alias in aliases):
                continue
            case ast.ImportFrom(module=str(module), level=0) if module.partition(".")[0] == "torch":
                continue
            case _:
                return False
    return frame.reading.graph.source("torch") is None


def _with(node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    for item in node.items:
        if item.optional_vars is None and torch_calls.is_scope(item.context_expr, frame):
            frame.edit(item.context_expr, "drop scope")
            continue
        found = expressions.value(item.context_expr, frame)
        if item.optional_vars is not None:
            given = union(_entered(kind, item.context_expr, frame) for kind in found)
            items.bind(item.optional_vars, given, frame)
    if any(_suppresses(item.context_expr, frame) for item in node.items):
        thrown = _guarded(node.body, frame, catching=True)
        frame.names, frame.reached = joined(thrown, frame.names), True
    else:
        statements.read(node.body, frame)


def _suppresses(node: ast.expr, frame: Frame) -> bool:
    """``with suppress(…)``: the body may end anywhere."""
    return isinstance(node, ast.Call) and harmless.dotted(node.func, frame) == "contextlib.suppress"


def _entered(kind: object, node: ast.expr, frame: Frame) -> Value:
    match kind:
        case Box():
            return frame.memory.elements(kind)
        case Facade("graph" | "session"):
            return one(kind)
        case Instance():
            found = objects.member(kind, "__enter__", node, frame) | objects.member(kind, "__aenter__", node, frame)
            return union(calls.call(each, calls.nothing_given(node), frame) for each in found) or PLAIN
        case Facade() | Array() | Method():
            frame.refuse(node, f"{spoken(kind)} in a with is not followed")
            return PLAIN
        case _:
            return PLAIN


def _match(node: ast.Match, frame: Frame) -> None:
    expressions.plain(node.subject, "a match", frame)

    def way(case: ast.match_case) -> None:
        for pattern in ast.walk(case.pattern):
            match pattern:
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                    frame.assign(name, PLAIN)
        if case.guard is not None:
            conditions.test(case.guard, frame)
        statements.read(case.body, frame)

    _ways(frame, *(partial(way, case) for case in node.cases), lambda: None)
