"""``x[key]``, and assigning to whatever an assignment can have on its left."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known.python import GENERIC

from . import boxes, calls, encoder_calls, expressions, hints, members, objects, tensorflow_calls
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
    if owner and all(isinstance(kind, Array) for kind in owner) and isinstance(node.slice, ast.Tuple):
        depths = {kind.depth for kind in owner if isinstance(kind, Array)}
        return frozenset(Array(_picked(depth, node.slice, frame)) for depth in depths)
    key = _bounds(node.slice, frame) if isinstance(node.slice, ast.Slice) else expressions.value(node.slice, frame)
    tensors = frozenset(kind for kind in key if isinstance(kind, Array))
    if (
        key
        and all(isinstance(kind, Array) for kind in key)
        and owner
        and all(isinstance(kind, Box) and not kind.keyed for kind in owner)
    ):
        # A whole number of torch's is an index into a list, here and there.
        return union(boxes.of_kind(kind, node, frame) for kind in owner)
    if tensors != key or not all(isinstance(kind, Array) for kind in owner):
        expressions.must_be_plain(node.slice, key, "an index", frame)
    elif owner and key:
        # Which items these are, or how many, only the numbers say.
        return one(Array(None))
    return union(_item(kind, key, node, frame) for kind in owner)


def _bounds(node: ast.Slice, frame: Frame) -> Value:
    """The ends of a slice, which may be whole numbers of torch's: any sequence takes them."""
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            expressions.must_be_plain(part, expressions.value(part, frame) - one(Array(0)), "a slice", frame)
    return PLAIN


def _picked(depth: int | None, node: ast.Tuple, frame: Frame) -> int | None:
    """The dimensions of a tensor at several keys, which may be tensors themselves."""
    places = False
    for part in node.elts:
        if isinstance(part, ast.Slice):
            _bounds(part, frame)
            continue
        found = expressions.value(part, frame)
        tensors = frozenset(kind for kind in found if isinstance(kind, Array))
        expressions.must_be_plain(part, found - tensors, "an index", frame)
        places |= bool(tensors - one(Array(0))) or not isinstance(part, ast.Constant | ast.UnaryOp | ast.Name)
    return None if depth is None or places else _depth(depth, node)


def _item(kind: Kind, key: Value, node: ast.Subscript, frame: Frame) -> Value:  # noqa: PLR0911, PLR0912
    keys = constants(key)
    match kind:
        case Box() if isinstance(node.slice, ast.Slice):
            return one(kind)
        case Box():
            places = [None if isinstance(each, int) and each < 0 else each for each in keys or (None,)]
            return union(frame.memory.item(kind, each) for each in places) or frame.reading.unknown
        case Array(depth):
            return one(Array(None if depth is None else _depth(depth, node.slice)))
        case Facade(sort) if sort in known.HELD:
            held = known.HELD[sort]
            if keys and not set(keys) <= set(held):
                frame.refuse(node, f"{spoken(kind)} holds {', '.join(sorted(held))} here, nothing else")
            depths = {held.get(str(each)) for each in keys or (next(iter(held)),)}
            return PLAIN if sort == "lists" else frozenset(map(Array, depths))
        case Facade("found"):
            return one(Array(None))
        case Facade("eager" | "signatures"):
            return tensorflow_calls.item(kind, key, node, frame)
        case Facade() if kind.sort in known.FIELDS:
            return encoder_calls.item(kind, key, node, frame)
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
    key = boxes.key_of(target.slice, "an index", frame)
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
