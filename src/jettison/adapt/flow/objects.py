"""The service's own classes: their fields, their methods, and making objects of them."""

from __future__ import annotations

import ast

from jettison.adapt.known.python import DATA_CLASSES, FIELD, IDLE_BASES

from . import calls, expressions
from .frame import Frame
from .harmless import dotted
from .kinds import (
    NOTHING,
    PLAIN,
    Box,
    ClassObject,
    Const,
    Foreign,
    Function,
    Holder,
    Instance,
    Kind,
    Plain,
    Value,
    is_none,
    one,
)
from .memory import union


def related(node: ast.ClassDef, frame: Frame, *, above: bool = False) -> list[ast.ClassDef]:
    """A class with those that it inherits from and those that inherit from it; or only those above it."""
    if (kin := frame.reading.kin.get((node, above))) is not None:
        return kin
    found = [] if above else [node]
    waiting = [node]
    while waiting:
        current = waiting.pop()
        near = [kind.node for kind in frame.memory.read("base", current) if isinstance(kind, ClassObject)]
        if not above:
            near += [kind.node for kind in frame.memory.read("heir", current) if isinstance(kind, ClassObject)]
        for each in near:
            if each not in found:
                found.append(each)
                waiting.append(each)
    frame.reading.kin[node, above] = found
    return found


def member(kind: Instance | ClassObject, name: str, node: ast.expr, frame: Frame) -> Value:
    """What an attribute of an object or a class may be; methods come bound, properties read."""
    if name == "__class__" and isinstance(kind, Instance):
        return one(ClassObject(kind.node))
    if name == "__dict__" and not keep_nothing(one(kind), frame):
        frame.refuse(node, "an attribute whose name is only known when the app runs is not followed")
        return PLAIN
    classes = related(kind.node, frame, above=isinstance(kind, Instance) and kind.above)
    found = union(frame.memory.read("field", each, name) for each in classes)
    if any(frame.memory.marked("escaped", each) for each in classes):
        found |= frame.memory.read("field", None, name)
    from_outside = any(frame.memory.marked("foreign base", each) for each in (kind.node, *classes))
    if from_outside and any(isinstance(each, Const) and not is_none(each) for each in found):
        # The value in the class is only a default: settings and requests bring their own.
        found |= PLAIN
    if not found and name.startswith("__"):
        # Without a base of another library, Python's own methods do nothing with what they are given.
        return PLAIN if from_outside else NOTHING
    if not found:
        return frame.reading.unknown
    return union(_seen_from(kind, each, classes, node, frame) for each in found)


def _seen_from(
    owner: Instance | ClassObject, kind: Kind, classes: list[ast.ClassDef], node: ast.expr, frame: Frame
) -> Value:
    memory = frame.memory
    if not isinstance(kind, Function) or kind.bound is not None or memory.marked("static", kind.node):
        return one(kind)
    if not any(kind.node in each.body for each in classes):
        return one(kind)
    if memory.marked("of class", kind.node):
        return one(Function(kind.node, ClassObject(owner.node)))
    if isinstance(owner, ClassObject):
        return one(kind)
    method = Function(kind.node, Instance(owner.node))
    if memory.marked("property", kind.node):
        return calls.call(method, calls.nothing_given(node), frame)
    return one(method)


def keep_nothing(value: Value, frame: Frame) -> bool:
    """None of the attributes of these objects is a value that must be followed."""
    for kind in value:
        match kind:
            case Plain() | Const() | Box():
                continue
            case Instance(node) | ClassObject(node):
                places: list[tuple[object, ...]] = [("field", each) for each in related(node, frame)]
            case Holder(name) | Foreign(name) if not (isinstance(kind, Foreign) and kind.replaced):
                places = [("field", name)]
            case _:
                return False
        held = union(frame.memory.read(*place, name) for place in places for name in frame.memory.keys(*place))
        if frame.memory.followed(held):
            return False
    return True


def of_escaped(name: str, node: ast.expr, frame: Frame) -> Value:
    """An attribute of an object that may be one of the service's that came back from a library."""
    memory = frame.memory
    classes = [each for each in frame.reading.scopes if isinstance(each, ast.ClassDef)]
    escaped = [each for each in classes if memory.marked("escaped", each)]
    return union(member(Instance(each), name, node, frame) for each in escaped if _has(each, name, frame))


def _has(node: ast.ClassDef, name: str, frame: Frame) -> bool:
    return any(frame.memory.read("field", each, name) for each in related(node, frame))


def constructed(node: ast.ClassDef, given: calls.Given, frame: Frame) -> Value:
    """``C(…)``."""
    made = Instance(node)
    initial = member(made, "__init__", given.node, frame)
    if initial:
        for kind in initial:
            calls.call(kind, given, frame)
        return one(made)
    if is_data_class(node, frame):
        _fill(node, given, frame)
        return one(made)
    calls.must_stay(given, f"{node.name}, whose constructor is another library's", frame)
    return one(made)


def _fill(node: ast.ClassDef, given: calls.Given, frame: Frame) -> None:
    """A data class keeps its arguments under the names of its fields."""
    names = fields(node, frame)
    for name, value in zip(names, given.values, strict=False):
        frame.memory.write(("field", node, name), value)
    for name, (_, value) in given.keywords.items():
        frame.memory.write(("field", node, name), value)
    loose = given.spread
    for _, options in given.rest:
        for kind in options:
            loose |= frame.memory.elements(kind) if isinstance(kind, Box) else PLAIN
    for name in names if loose else ():
        frame.memory.write(("field", node, name), loose)


def fields(node: ast.ClassDef, frame: Frame) -> list[str]:
    """The fields of a data class, in the order of its constructor; none for other classes."""
    if not is_data_class(node, frame):
        return []
    owners = [*reversed(related(node, frame, above=True)), node]
    annotated = [each for owner in owners for each in owner.body if isinstance(each, ast.AnnAssign)]
    written = [each.target for each in annotated if not _set_later(each.value)]
    return [target.id for target in written if isinstance(target, ast.Name)]


def _set_later(value: ast.expr | None) -> bool:
    """``field(init=False)``: no argument of the constructor."""
    match value:
        case ast.Call(keywords=keywords):
            return any(
                each.arg == "init" and isinstance(each.value, ast.Constant) and each.value.value is False
                for each in keywords
            )
        case _:
            return False


def default(node: ast.expr, found: Value, frame: Frame) -> Value:
    """What a field is when nobody says: of ``field(…)``, its default or what its factory gives."""
    if not (isinstance(node, ast.Call) and dotted(node.func, frame) in FIELD):
        return found
    named = {each.arg: each.value for each in node.keywords}
    if "default" in named:
        return expressions.value(named["default"], frame)
    made = expressions.value(named["default_factory"], frame) if "default_factory" in named else NOTHING
    return union(calls.call(each, calls.nothing_given(node), frame) for each in made)


def is_data_class(node: ast.ClassDef, frame: Frame) -> bool:
    """The constructor does nothing but keep its arguments."""
    return frame.memory.marked("data class", node)


def define(node: ast.ClassDef, frame: Frame) -> None:
    """Note the bases and decorators of a class; its name is assigned by the caller."""
    for base in [*node.bases, *(each.value for each in node.keywords)]:
        for kind in expressions.raw(base, frame):
            if isinstance(kind, ClassObject):
                frame.memory.write(("base", node), one(kind))
                frame.memory.write(("heir", kind.node), one(ClassObject(node)))
                frame.reading.kin.clear()
                if frame.memory.marked("foreign base", kind.node):
                    frame.memory.mark("foreign base", node)
                if is_data_class(kind.node, frame):
                    frame.memory.mark("data class", node)
            elif isinstance(kind, Foreign) and kind.path in DATA_CLASSES:
                frame.memory.mark("data class", node)
            elif isinstance(kind, Foreign) and kind.replaced:
                frame.refuse(base, f"a class built on {kind.path} is not followed")
            elif not (isinstance(kind, Foreign) and kind.path in IDLE_BASES):
                frame.memory.mark("foreign base", node)
    for decorator in node.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        paths = {kind.path for kind in expressions.raw(function, frame) if isinstance(kind, Foreign)}
        if paths & DATA_CLASSES:
            frame.memory.mark("data class", node)
        else:
            expressions.value(decorator, frame)
            frame.memory.mark("foreign base", node)
