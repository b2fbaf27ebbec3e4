"""``x[key]``, and assigning to whatever an assignment can have on its left."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known.python import GENERIC

from . import boxes, calls, expressions, hints, members, objects
from .frame import Frame, Names
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    Facade,
    Foreign,
    Holder,
    Instance,
    Kind,
    Method,
    Value,
    constants,
    is_none,
    one,
    spoken,
)
from .memory import union


def subscript(node: ast.Subscript, frame: Frame) -> Value:
    """What ``x[key]`` may be."""
    owner = expressions.value(node.value, frame)
    if owner and all(isinstance(kind, Foreign) and (kind.package in GENERIC or kind.path in GENERIC) for kind in owner):
        hints.annotation(node.slice, frame)
        return PLAIN
    key = expressions.value(node.slice, frame)
    tensors = frozenset(kind for kind in key if isinstance(kind, Array))
    if tensors != key or not all(isinstance(kind, Array) for kind in owner):
        expressions.must_be_plain(node.slice, key, "an index", frame)
    elif owner and key:
        # Which items these are, or how many, only the numbers say.
        return one(Array(None))
    return union(_item(kind, key, node, frame) for kind in owner)


def _item(kind: Kind, key: Value, node: ast.Subscript, frame: Frame) -> Value:  # noqa: PLR0911
    keys = constants(key)
    match kind:
        case Box() if isinstance(node.slice, ast.Slice):
            return one(kind)
        case Box():
            places = [None if isinstance(each, int) and each < 0 else each for each in keys or (None,)]
            return union(frame.memory.item(kind, each) for each in places) or frame.reading.unknown
        case Array(depth):
            return one(Array(None if depth is None else _depth(depth, node.slice)))
        case Facade("encoding" | "lists" as sort):
            if keys and not set(keys) <= known.ENCODED:
                frame.refuse(node, f"a tokenizer's answer holds {', '.join(sorted(known.ENCODED))} here, nothing else")
            return one(Array(2)) if sort == "encoding" else PLAIN
        case Facade("shape"):
            return one(kind) if isinstance(node.slice, ast.Slice) else PLAIN
        case Facade() | Method(owner=Facade()):
            frame.refuse(node, f"an item of {spoken(kind)} is not in the facade")
            return PLAIN
        case Holder(name):
            return _item(kept(name), key, node, frame)
        case Instance(owner) if keys and set(keys) <= set(range(len(objects.fields(owner, frame)))):
            names = objects.fields(owner, frame)
            return union(frame.memory.read("field", owner, names[each]) for each in keys if isinstance(each, int))
        case Instance():
            own = objects.member(kind, "__getitem__", node, frame)
            given = calls.Given(node, places=(node.slice,), values=(key,))
            return union(calls.call(each, given, frame) for each in own) or boxes.of_kind(kind, node, frame)
        case _:
            return NOTHING if is_none(kind) else PLAIN


def _depth(depth: int, key: ast.expr) -> int:
    keys = key.elts if isinstance(key, ast.Tuple) else [key]
    for each in keys:
        if isinstance(each, ast.Constant) and each.value is None:
            depth += 1
        elif not isinstance(each, ast.Slice):
            depth -= 1
    return depth


def kept(holder: str) -> Box:
    """The items of ``app.config`` and its like, one box for all of a name."""
    return Box(f"items of {holder}", keyed=True)


def set_item(target: ast.Subscript, value: Value, frame: Frame) -> None:
    """``x[key] = value``."""
    key = expressions.plain(target.slice, "an index", frame)
    for kind in expressions.value(target.value, frame):
        match kind:
            case Box():
                boxes.put(kind, key, value, frame)
            case Holder(name):
                boxes.put(kept(name), key, value, frame)
            case Facade() | Array():
                frame.refuse(target, f"changing {spoken(kind)} is not followed")
            case _:
                expressions.must_be_plain(target, value, "an object of another library", frame)


def bind(target: ast.expr, value: Value, frame: Frame, names: Names | None = None) -> None:
    """``target = value``, with everything that a target can be. `names`: those of a comprehension."""
    frame.reading.ledger.forget(target)
    match target:
        case ast.Name(id=name) if names is not None:
            names[name] = value
        case ast.Name(id=name):
            frame.assign(name, value)
        case ast.Starred(value=inner):
            frame.memory.write(("item", target, None), value)
            bind(inner, one(Box(target)), frame, names)
        case ast.Attribute():
            members.set_attribute(target, value, frame)
        case ast.Subscript():
            set_item(target, value, frame)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for number, part in enumerate(parts):
                bind(part, _part(target, value, number, parts, frame), frame, names)


def _part(target: ast.expr, value: Value, number: int, parts: list[ast.expr], frame: Frame) -> Value:
    starred = any(isinstance(part, ast.Starred) for part in parts)
    found: list[Value] = []
    for kind in value:
        fields = objects.fields(kind.node, frame) if isinstance(kind, Instance) else []
        if isinstance(kind, Box) and not kind.keyed and not starred:
            found.append(frame.memory.item(kind, number) or frame.reading.unknown)
        elif isinstance(kind, Instance) and number < len(fields) and not starred:
            found.append(frame.memory.read("field", kind.node, fields[number]))
        else:
            found.append(boxes.of_kind(kind, target, frame))
    return union(found)
