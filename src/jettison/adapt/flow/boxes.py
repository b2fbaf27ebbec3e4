"""Lists, dicts, tuples and sets: making them, filling them, going through them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from jettison.adapt.known.facade import FOR_MODELS
from jettison.adapt.known.perception import HELD as OF_FEATURES
from jettison.adapt.known.sorts import Sort

from . import calls, conditions, expressions, items, objects
from .frame import Frame
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    Facade,
    Instance,
    Kind,
    Method,
    Value,
    constants,
    facade,
    is_none,
    one,
    spoken,
)
from .memory import union

ITEMS: Mapping[Sort, Box] = {sort: Box(f"items of {sort}") for sort in ("encoding", "features")}
"""What ``.items()`` gives of a tokenizer's answer, and of what is made of pictures and sounds."""


def listed(node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Value:
    """``[a, *b]``: elements at their places, as far as these are known."""
    exact = True
    for number, element in enumerate(node.elts):
        if isinstance(element, ast.Starred):
            exact = False
            given = elements(element, expressions.value(element.value, frame), frame)
        else:
            given = expressions.value(element, frame)
        frame.memory.write(("item", node, number if exact else None), given)
    return one(Box(node))


def mapped(node: ast.Dict, frame: Frame) -> Value:
    """``{"a": b, **c}``."""
    made = Box(node, keyed=True)
    for key, given in zip(node.keys, node.values, strict=True):
        held = expressions.value(given, frame)
        if key is not None:
            put(made, key_of(key, "a key", frame), held, frame)
            continue
        for kind in held:
            if isinstance(kind, Box):
                poured(kind, made, frame)
            elif kind == Facade("encoding"):
                for name in FOR_MODELS:
                    frame.memory.write(("item", node, name), one(Array(2)))
            elif kind == Facade("features"):
                for name, depth in OF_FEATURES.items():
                    frame.memory.write(("item", node, name), one(Array(depth)))
            elif not is_none(kind):
                frame.memory.write(("item", node, None), elements(given, one(kind), frame))
    return one(made)


def comprehended(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame) -> Value:
    """``[a for b in c if d]`` and its like; their names are their own."""
    frame.inner.append({})
    over = NOTHING
    for part in node.generators:
        over = expressions.value(part.iter, frame)
        items.bind(part.target, elements(part.iter, over, frame), frame, frame.inner[-1])
        for condition in part.ifs:
            conditions.test(condition, frame)
    made = Box(node, keyed=isinstance(node, ast.DictComp))
    if isinstance(node, ast.DictComp):
        expressions.plain(node.key, "a key", frame)
        held = expressions.value(node.value, frame)
    else:
        held = expressions.value(node.elt, frame)
    frame.memory.write(("item", node, None), held)
    frame.inner.pop()
    kept = next((sort for sort, box in ITEMS.items() if over == one(box)), None)
    return facade(kept) if kept and _same_key(node) else one(made)


def _same_key(node: ast.expr) -> bool:
    """``{k: … for k, v in x.items()}`` keeps all the keys."""
    match node:
        case ast.DictComp(
            key=ast.Name(key), generators=[ast.comprehension(target=ast.Tuple([ast.Name(name), _]), ifs=[])]
        ):
            return key == name
        case _:
            return False


def key_of(node: ast.expr, use: str, frame: Frame) -> Value:
    """What a key may be: plain data, or a tensor of a graph that is given a value by it."""
    found = expressions.value(node, frame) - facade("graph_tensor")
    expressions.must_be_plain(node, found, use, frame)
    return found or PLAIN


def put(box: Box, key: Value, value: Value, frame: Frame) -> None:
    """Put a value into a box, at its key when that is a literal."""
    for each in constants(key) or (None,):
        frame.memory.write(("item", box.site, each), value)


def poured(source: Box, target: Box, frame: Frame) -> None:
    """Put all that one box holds into another; keys of dicts stay."""
    for key in frame.memory.keys("item", source.site):
        kept = key if source.keyed and target.keyed else None
        frame.memory.write(("item", target.site, kept), frame.memory.read("item", source.site, key))


def elements(node: ast.expr, value: Value, frame: Frame) -> Value:
    """What going through a value gives."""
    return union(of_kind(kind, node, frame) for kind in value)


def of_kind(kind: Kind, node: ast.expr, frame: Frame) -> Value:  # noqa: PLR0911
    """What going through one kind of thing gives."""
    match kind:
        case Box(keyed=True) | Facade("encoding" | "features" | "lists" | "shape" | "streamer"):
            return PLAIN
        case Facade("found"):
            return one(Array(None))
        case Facade("eager"):
            return one(kind)
        case Box():
            return frame.memory.elements(kind)
        case Array(depth):
            return one(Array(None if depth is None else depth - 1))
        case Facade("parameters"):
            return facade("parameter")
        case Facade() | Method(owner=Facade()):
            frame.refuse(node, f"going through {spoken(kind)} is not followed")
            return PLAIN
        case Instance(owner):
            own = objects.member(kind, "__iter__", node, frame)
            given = union(calls.call(each, calls.nothing_given(node), frame) for each in own)
            fields = union(frame.memory.read("field", owner, name) for name in objects.fields(owner, frame))
            return elements(node, frozenset(each for each in given if each != kind), frame) | fields or PLAIN
        case _:
            return NOTHING if is_none(kind) else PLAIN
