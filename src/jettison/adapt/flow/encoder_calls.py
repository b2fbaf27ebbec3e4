"""Models that are called: encoders, those for pictures and those for sounds; and the parts of what they give."""

from __future__ import annotations

import ast

from jettison.adapt.known import facade as known
from jettison.adapt.known.encoders import NONE

from .frame import Frame
from .kinds import NOTHING, PLAIN, Array, Facade, Value, constants, facade, literal, one, spoken


def output(model: Facade) -> Value:
    """What calling a model gives."""
    return facade(known.OUTPUTS[model.sort])


def field(kind: Facade, name: str, node: ast.expr, frame: Frame) -> Value:
    """An attribute of what a model gave."""
    if name in known.FIELDS[kind.sort]:
        return one(Array(known.FIELDS[kind.sort][name]))
    if name in NONE:
        return literal(None)
    frame.refuse(node, f".{name} of {spoken(kind)} is not in the facade")
    return PLAIN


def item(kind: Facade, key: Value, node: ast.Subscript, frame: Frame) -> Value:
    """``output["logits"]`` or ``output[0]``."""
    fields = list(known.FIELDS[kind.sort].items())
    by_key: dict[object, int | None] = dict(fields)
    by_key |= {number: depth for number, (_, depth) in enumerate(fields)}
    keys = constants(key)
    if not keys or any(isinstance(each, bool) or each not in by_key for each in keys):
        frame.refuse(node, f"{spoken(kind)} holds {', '.join(name for name, _ in fields)} here, by name or by number")
        return NOTHING
    return frozenset(Array(by_key[each]) for each in keys)
