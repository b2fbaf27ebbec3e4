"""What is inside of what: attributes, items, elements, and putting values there."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known import tensors
from jettison.adapt.known.python import HOLDERS
from jettison.adapt.known.sorts import MODELS
from jettison.adapt.known.tensorflow import PACKAGES as TENSORFLOW
from jettison.adapt.known.torch import FLOAT32

from . import calls, encoder_calls, expressions, objects, tensor_calls, tensorflow_calls
from .frame import Frame
from .harmless import is_parameters_device
from .kinds import (
    NOTHING,
    PLAIN,
    Array,
    Box,
    ClassObject,
    Const,
    Facade,
    Foreign,
    Holder,
    Instance,
    Kind,
    Method,
    ModuleObject,
    Plain,
    Value,
    facade,
    is_none,
    literal,
    one,
    present,
    spoken,
)
from .memory import union

_DEEPEST = 8
"""Dots in a path that is told apart from what it is an attribute of."""


def attribute(node: ast.Attribute, frame: Frame) -> Value:
    """What ``x.name`` may be."""
    if is_parameters_device(node):
        model = node.value.args[0].func.value  # type: ignore[attr-defined]
        if present(expressions.value(model, frame)) in [facade(sort) for sort in MODELS]:
            frame.edit(node, "replace", '"cpu"')
            return facade("device")
    owner = expressions.raw(node.value, frame)
    return union(of_kind(kind, node.attr, node, frame) for kind in owner)


def of_kind(kind: Kind, name: str, node: ast.expr, frame: Frame) -> Value:  # noqa: PLR0911
    """What an attribute of one kind of object may be."""
    match kind:
        case Facade():
            return _of_facade(kind, name, node, frame)
        case Array():
            return _of_array(kind, name, node, frame)
        case Foreign(path):
            return _of_foreign(f"{path}.{name}", kind, name, node, frame)
        case ModuleObject(module):
            return _of_module(module, name, frame)
        case Instance() | ClassObject():
            return objects.member(kind, name, node, frame)
        case Box() | Holder() if isinstance(kind, Box) or name in ("get", "setdefault"):
            return one(Method(kind, name))
        case Holder(holder):
            return frame.memory.read("field", holder, name) or frame.reading.unknown
        case Const():
            return NOTHING if is_none(kind) else one(Method(kind, name))
        case Plain():
            found = frame.memory.read("field", None, name) | objects.of_escaped(name, node, frame)
            return one(Holder(name)) if name in HOLDERS else found | PLAIN
        case _:
            return PLAIN


def _of_facade(kind: Facade, name: str, node: ast.expr, frame: Frame) -> Value:  # noqa: PLR0911
    if kind.sort == "device" and name == "type":
        frame.edit(node, "replace", '"cpu"')
        return literal("cpu", gpu=True)
    if name in (held := known.HELD.get(kind.sort, {})):
        return PLAIN if kind.sort == "lists" else one(Array(held[name]))
    if kind.sort in known.FIELDS:
        return encoder_calls.field(kind, name, node, frame)
    if kind.sort == "found" and name in ("values", "indices"):
        return one(Array(None))
    if (several := tensorflow_calls.attribute(kind, name)) is not None:
        return several
    if name in known.METHODS.get(kind.sort, ()) or name in known.UNWRAPPED.get(kind.sort, ()):
        return one(Method(kind, name))
    if name in known.ATTRIBUTES.get(kind.sort, ()):
        sort = known.ATTRIBUTES[kind.sort][name]
        return facade(sort) if sort else PLAIN
    frame.refuse(node, f".{name} of {spoken(kind)} is not in the facade")
    return PLAIN


def _of_array(kind: Array, name: str, node: ast.expr, frame: Frame) -> Value:
    if name == "shape":
        return facade("shape")
    if name == "ndim":
        return PLAIN
    if name == "T":
        return one(kind)
    if name == "device":
        return facade("device")
    if name in known.UNWRAPPED["array"] or name in tensors.METHODS:
        return one(Method(kind, name))
    frame.refuse(node, f".{name} of a tensor is not followed")
    return PLAIN


def _of_foreign(  # noqa: PLR0911
    path: str, kind: Foreign, name: str, node: ast.expr, frame: Frame
) -> Value:
    if path in FLOAT32:
        frame.edit(node, "replace", '"float32"')
        return facade("float32")
    if path in tensors.DTYPES and tensor_calls.keep(node, frame):
        return facade("dtype")
    if kind.package in TENSORFLOW and (constant := tensorflow_calls.constant(path)):
        return constant
    if path.count(".") > _DEEPEST:
        # In a loop, `x = x.next` would go on for ever.
        return one(kind)
    if kind.replaced:
        return one(Foreign(path))
    kept = frame.memory.read("field", kind.path, name) | frame.memory.read("field", None, name)
    if name in HOLDERS:
        return one(Holder(name))
    return kept or one(Foreign(path))


def _of_module(module: str, name: str, frame: Frame) -> Value:
    source = frame.reading.graph.source(module)
    found = frame.memory.read("global", source.path, name) if source else NOTHING
    if inner := submodule(module, name, frame):
        found |= inner
    return found or frame.reading.unknown


def submodule(module: str, name: str, frame: Frame) -> Value:
    """A module of the service inside a package of the service."""
    full = f"{module}.{name}" if module else name
    graph = frame.reading.graph
    return one(ModuleObject(full)) if graph.source(full) or graph.files.folder(full) else NOTHING


def set_attribute(target: ast.Attribute, value: Value, frame: Frame) -> None:
    """``x.name = value``."""
    for kind in expressions.value(target.value, frame):
        match kind:
            case Facade(sort):
                allowed = known.WRITABLE.get(sort, {}).get(target.attr)
                if allowed is None or not calls.allows(allowed, value):
                    frame.refuse(target, f"setting .{target.attr} of {spoken(kind)} is not followed")
            case Array():
                frame.refuse(target, "changing a tensor is not followed")
            case Instance(node) | ClassObject(node):
                frame.memory.write(("field", node, target.attr), value)
            case ModuleObject(name) if source := frame.reading.graph.source(name):
                frame.memory.write(("global", source.path, target.attr), value)
                frame.memory.mark("shared", "global", source.path, target.attr)
            case Holder(name) | Foreign(name):
                frame.memory.write(("field", name, target.attr), value)
            case Plain():
                frame.memory.write(("field", None, target.attr), value)
            case _:
                expressions.must_be_plain(target, value, "an attribute", frame)
