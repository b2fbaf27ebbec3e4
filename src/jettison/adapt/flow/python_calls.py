"""Calls of Python's own functions and of libraries: which of them let a followed value pass."""

from __future__ import annotations

import ast
from dataclasses import replace

from jettison.adapt.known import python as known
from jettison.adapt.known.packages import REPLACED
from jettison.adapt.known.tensors import CLASSES

from . import boxes, calls, facade_calls, items, members, objects, started, tensorflow_calls
from .frame import Frame
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    Const,
    Facade,
    Foreign,
    Holder,
    Instance,
    Later,
    Method,
    ModuleObject,
    Plain,
    Value,
    constants,
    facade,
    literal,
    one,
    spoken,
)
from .memory import union

_CPU = literal("cpu", gpu=True)


def call(path: str, given: calls.Given, frame: Frame) -> Value:  # noqa: PLR0911, PLR0912
    """A function that is not the service's own."""
    first = given.values[0] if given.values else NOTHING
    if path in known.BLIND and not (path == "builtins.vars" and objects.keep_nothing(first, frame)):
        frame.refuse(given.node, f"what {path.removeprefix('builtins.')} does cannot be read from the code")
        return PLAIN
    if path in known.COUNTS:
        _asked(path, given, first, frame)
        return PLAIN
    if path in known.NUMBERS:
        numbers = frozenset(kind for kind in given.all if isinstance(kind, Array))
        return _without(given, numbers | tensorflow_calls.TENSORS, frame)
    if path.startswith("numpy.") and frame.memory.followed(given.all) == tensorflow_calls.TENSORS:
        return PLAIN
    if path == "builtins.print":
        return _shown(given, frame)
    if path == "builtins.str":
        _without(given, facade("device"), frame)
        shown = frozenset(each for kind in first for each in (_CPU if kind == Facade("device") else one(kind)))
        return shown if constants(shown) else PLAIN
    if path in known.ELEMENTS and first:
        return _listed(path, given, first, frame)
    if path in known.FIRST and first:
        return boxes.elements(given.node, first, frame) if path == "builtins.next" else first
    if path in known.CALLERS and given.values:
        return _forwarded(given, known.CALLERS[path], frame)
    if path in known.STARTED and "target" in given.keywords and not given.values:
        return started.call(given, frame)
    if path in known.DELAYED and given.values:
        found = _forwarded(given, 0, frame)
        return frozenset(kind if isinstance(kind, Later) else Later(one(kind)) for kind in found)
    if path in known.INJECTED:
        calls.expose(given.all, frame)
        return union(calls.call(kind, calls.nothing_given(given.node), frame) for kind in first)
    match path:
        case "builtins.getattr" | "builtins.hasattr" | "builtins.setattr":
            return _by_name(path, given, frame)
        case "builtins.super":
            owner = frame.scope.owner
            return one(Instance(owner, above=True)) if owner else PLAIN
        case "builtins.dict":
            return _dict(given, frame)
        case "builtins.zip" | "builtins.enumerate":
            return _tuples(path, given, frame)
        case "builtins.map" | "builtins.filter" if len(given.values) > 1:
            return _mapped(path, given, frame)
        case "importlib.import_module":
            return _module(given, first, frame)
        case _:
            return of_library(given, frame)


def of_library(given: calls.Given, frame: Frame) -> Value:
    """A call of something that is not the service's: what must be followed may not go there."""
    name = (
        given.node.func.attr if isinstance(given.node, ast.Call) and isinstance(given.node.func, ast.Attribute) else ""
    )
    number = known.CALLER_METHODS.get(name)
    if number is not None and len(given.values) > number:
        found = _forwarded(given, number, frame)
        if name == "submit" and frame.memory.followed(found):
            frame.refuse(given.node, "a future of what torch made is not followed")
        return found
    if frame.shown:
        return _shown(given, frame)
    calls.must_stay(given, given.callee, frame)
    return PLAIN


def only_shows(node: ast.Call, callee: Value) -> bool:
    """The call does nothing but print or log."""
    if callee == one(Foreign("builtins.print")):
        return all(keyword.arg != "file" for keyword in node.keywords)
    if not all(isinstance(kind, (Foreign, Plain)) for kind in callee) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in known.LOG_METHODS and "log" in ast.unparse(node.func.value).lower()


def _shown(given: calls.Given, frame: Frame) -> Value:
    if not frame.shown:
        return _without(given, facade("device"), frame)
    for kind in frame.memory.followed(given.all) - facade("device"):
        frame.note(given.node, f"{spoken(kind)} is shown in another form")
    calls.expose(given.all, frame)
    return literal(None)


def _asked(path: str, given: calls.Given, first: Value, frame: Frame) -> None:
    """``isinstance``, ``bool`` and the like: refuse those whose answer differs without torch."""
    kinds = frame.memory.followed(first) if path in ("builtins.isinstance", "builtins.bool") else NOTHING
    classes = given.values[1] if len(given.values) > 1 else NOTHING
    classes |= union(frame.memory.elements(kind) for kind in classes if isinstance(kind, Box))
    own = all(
        not isinstance(kind, Foreign) or kind.package in ("builtins", "transformers") or kind.path in CLASSES
        for kind in classes
    )
    for kind in kinds:
        if kind == Facade("device") or (isinstance(kind, Array) and (path == "builtins.bool" or not own)):
            frame.refuse(given.node, f"what {given.callee} says of {spoken(kind)} may differ without torch")


def _without(given: calls.Given, harmless: Value, frame: Frame) -> Value:
    for kind in frame.memory.followed(given.all, results=True) - harmless:
        frame.refuse(given.node, f"{spoken(kind)} goes to {given.callee}, which shows it differently without torch")
    calls.expose(given.all, frame)
    return PLAIN


def _listed(path: str, given: calls.Given, first: Value, frame: Frame) -> Value:
    made = Box(given.node)
    if path == "builtins.sorted" and "key" not in given.keywords:
        for kind in boxes.elements(given.node, first, frame) & tensorflow_calls.TENSORS:
            frame.refuse(given.node, f"comparing {spoken(kind)} is not followed")
    for kind in first:
        if isinstance(kind, Box):
            boxes.poured(kind, made, frame)
            if not kind.keyed:
                continue
        frame.memory.write(("item", given.node, None), boxes.elements(given.node, one(kind), frame))
    return one(made)


def _dict(given: calls.Given, frame: Frame) -> Value:
    for sort in boxes.ITEMS:
        if given.values and all(kind == Facade(sort) for kind in given.values[0]):
            return facade(sort)
    made = Box(given.node, keyed=True)
    for kind in union(given.values) | union(value for _, value in given.rest):
        if isinstance(kind, Box) and kind.keyed:
            boxes.poured(kind, made, frame)
        else:
            held = frame.memory.followed(one(kind))
            frame.memory.write(("item", given.node, None), held or PLAIN)
    for name, (_, value) in given.keywords.items():
        frame.memory.write(("item", given.node, name), value)
    return one(made)


def _tuples(path: str, given: calls.Given, frame: Frame) -> Value:
    """``zip`` and ``enumerate``: tuples, by place."""
    assert isinstance(given.node, ast.Call)
    columns = [boxes.elements(given.node, value, frame) for value in given.values]
    if path == "builtins.enumerate":
        columns = [PLAIN, *columns[:1]]
    for number, column in enumerate(columns):
        frame.memory.write(("item", given.node.func, number), column)
    if given.spread:
        frame.memory.write(("item", given.node.func, None), boxes.elements(given.node, given.spread, frame))
    frame.memory.write(("item", given.node, None), one(Box(given.node.func)))
    return one(Box(given.node))


def _mapped(path: str, given: calls.Given, frame: Frame) -> Value:
    columns = tuple(boxes.elements(given.node, value, frame) for value in given.values[1:])
    inner = replace(given, places=given.places[1:], values=columns, keywords={}, rest=())
    results = union(calls.call(kind, inner, frame) for kind in given.values[0])
    frame.memory.write(("item", given.node, None), columns[0] if path == "builtins.filter" else results)
    return one(Box(given.node))


def _forwarded(given: calls.Given, number: int, frame: Frame) -> Value:
    """A function that makes the call for us."""
    return union(calls.call(kind, given.behind(number), frame) for kind in given.values[number])


def _by_name(path: str, given: calls.Given, frame: Frame) -> Value:
    """``getattr``, ``hasattr``, ``setattr``: as written out when the name is a literal."""
    if len(given.values) < 2:
        return PLAIN
    owner, names = given.values[0], constants(given.values[1])
    third = given.values[2] if len(given.values) > 2 else NOTHING
    if not names or len(names) > 1:
        lost = frame.memory.followed(third) if path == "builtins.setattr" else NOTHING
        if lost or not objects.keep_nothing(owner, frame):
            frame.refuse(given.node, "an attribute whose name is only known when the app runs is not followed")
        return PLAIN
    name = str(names[0])
    if path == "builtins.setattr":
        target = ast.copy_location(ast.Attribute(value=given.places[0], attr=name, ctx=ast.Store()), given.node)
        members.set_attribute(target, third, frame)
        return literal(None)
    found = union(members.of_kind(kind, name, given.node, frame) for kind in owner)
    if facade_calls.unwraps(found):
        frame.refuse(given.node, f"whether there is a .{name} differs without torch")
    return PLAIN if path == "builtins.hasattr" else found | third


def _module(given: calls.Given, first: Value, frame: Frame) -> Value:
    names = constants(first)
    if not names or not all(isinstance(name, str) and not name.startswith(".") for name in names):
        frame.refuse(given.node, "a module whose name is only known when the app runs is not followed")
        return PLAIN
    found = NOTHING
    for name in names:
        if frame.reading.graph.source(str(name)):
            found |= one(ModuleObject(str(name)))
        elif str(name).partition(".")[0] in REPLACED:
            frame.refuse(given.node, f"{name} imported by a call is not followed")
    return found or PLAIN


def method(kind: Method, given: calls.Given, frame: Frame) -> Value:  # noqa: PLR0911
    """A method of a list, a dict, a text, or an application's store."""
    owner, first = kind.owner, given.values[0] if given.values else NOTHING
    if isinstance(owner, Holder):
        owner = items.kept(owner.name)
    if not isinstance(owner, Box):
        return _of_text(owner, kind.name, given, frame)
    default = given.values[1] if len(given.values) > 1 else NOTHING
    match kind.name:
        case "get" | "pop" | "setdefault":
            if kind.name == "setdefault":
                boxes.put(owner, first, default, frame)
            keys = constants(first) or (None,)
            found = union(frame.memory.item(owner, key if owner.keyed else None) for key in keys)
            return found | (default or literal(None))
        case "items":
            assert isinstance(given.node, ast.Call)
            frame.memory.write(("item", given.node.func, 0), PLAIN)
            frame.memory.write(("item", given.node.func, 1), frame.memory.elements(owner))
            frame.memory.write(("item", given.node, None), one(Box(given.node.func)))
            return one(Box(given.node))
        case "values":
            frame.memory.write(("item", given.node, None), frame.memory.elements(owner))
            return one(Box(given.node))
        case "copy":
            return one(owner)
        case "append" | "appendleft" | "add" | "insert":
            frame.memory.write(("item", owner.site, None), union(given.values))
            return literal(None)
        case "extend" | "update":
            _extended(owner, given, frame)
            return literal(None)
        case "keys" | "clear" | "index" | "count" | "reverse" | "sort" | "remove" | "discard":
            return PLAIN
        case _:
            calls.must_stay(given, given.callee, frame)
            return PLAIN


def _extended(owner: Box, given: calls.Given, frame: Frame) -> None:
    for kind in union(given.values) | union(value for _, value in given.rest):
        if isinstance(kind, Box):
            boxes.poured(kind, owner, frame)
        else:
            frame.memory.write(("item", owner.site, None), boxes.elements(given.node, one(kind), frame))
    for name, (_, value) in given.keywords.items():
        frame.memory.write(("item", owner.site, name), value)


def _of_text(owner: object, name: str, given: calls.Given, frame: Frame) -> Value:
    calls.must_stay(given, given.callee, frame) if name != "format" else _without(given, facade("device"), frame)
    if isinstance(owner, Const) and owner.gpu and isinstance(owner.value, str) and name == "startswith":
        prefixes = constants(given.values[0]) if given.values else None
        if prefixes and all(isinstance(each, str) for each in prefixes):
            return union(literal(owner.value.startswith(str(each)), gpu=True) for each in prefixes)
    return PLAIN
