"""Arguments of what the facade has: only those that mean the same there."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from jettison.adapt.known import facade as known
from jettison.adapt.known.signatures import Allowed, Only, Signature
from jettison.adapt.known.sorts import Sort

from . import calls, sampling, torch_calls
from .frame import Frame
from .harmless import harmless
from .kinds import Array, Box, Facade, Kind, Value, constants, is_none, spoken

_TAKING: Mapping[Sort, frozenset[str]] = {
    "encoding": frozenset({"attention_mask"}),
    "features": frozenset(known.HELD["features"]),
}
"""What takes the whole of them as its options has one of these."""
_NO_OTHERS: Mapping[str, Sort | None] = {}


def check(
    given: calls.Given, signature: Signature, frame: Frame, *, takes: Mapping[str, Sort | None] = _NO_OTHERS
) -> None:
    """Refuse what the facade does not take, and take out what it does not need.

    :param takes: parameters that take another sort here than the table says.
    """
    if given.spread or len(given.values) > len(signature.positional):
        frame.refuse(given.node, f"these positional arguments of {given.callee} are not known")
    for name, place, value in zip(signature.positional, given.places, given.values, strict=False):
        _check_value(name, value, place, frame, takes)
    for name, (keyword, value) in given.keywords.items():
        if _is_allowed(name, value, signature):
            _check_value(name, value, keyword, frame, takes)
        elif (
            name in signature.dropped
            and calls.allows(signature.dropped[name], value)
            and harmless(keyword.value, frame)
        ):
            frame.edit(keyword, "drop keyword")
            if name == "device" and torch_calls.wants_gpu(value, frame):
                torch_calls.without_gpu(keyword, frame)
        else:
            frame.refuse(keyword, _why_not(name, value, signature, given))
    for keyword, value in given.rest:
        for kind in value:
            _check_options(kind, keyword, signature, given, frame)
    sampling.check(given, signature, frame)


def _check_options(kind: Kind, keyword: ast.keyword, signature: Signature, given: calls.Given, frame: Frame) -> None:
    """``**options``: every key must be known, and known here."""
    if isinstance(kind, Facade):
        takes = {*signature.positional, *signature.options}
        if not takes & _TAKING.get(kind.sort, frozenset()):
            frame.refuse(keyword, f"{given.callee} does not take {spoken(kind)} as its options")
        return
    if not isinstance(kind, Box):
        if not is_none(kind):
            frame.refuse(keyword, f"which options {given.callee} gets is only known when a request comes")
        return
    for key in frame.memory.keys("item", kind.site):
        value = frame.memory.read("item", kind.site, key)
        if not isinstance(key, str):
            frame.refuse(keyword, f"which options {given.callee} gets is only known when a request comes")
        elif not _is_allowed(key, value, signature):
            frame.refuse(keyword, _why_not(key, value, signature, given))
        else:
            _check_value(key, value, keyword, frame, _NO_OTHERS)


def _is_allowed(name: str, value: Value, signature: Signature) -> bool:
    if name in signature.positional:
        return True
    allowed = signature.options.get(name)
    return allowed is not None and calls.allows(allowed, value)


def _why_not(name: str, value: Value, signature: Signature, given: calls.Given) -> str:
    allowed: Mapping[str, Allowed] = {**signature.dropped, **signature.options}
    if name not in allowed:
        return f"the option {name} of {given.callee} is not in the facade"
    only = allowed[name]
    values = " or ".join(repr(each) for each in only.values) if isinstance(only, Only) else "a simple value"
    found = constants(value)
    shown = " or ".join(repr(each) for each in found) if found else "not known before a request comes"
    return f"the option {name} of {given.callee} can only be {values}, and is {shown}"


def _check_value(name: str, value: Value, place: ast.AST, frame: Frame, others: Mapping[str, Sort | None]) -> None:
    """What torch made may be given only to the parameters that take it."""
    takes = others.get(name) or known.TAKES.get(name)
    for kind in frame.memory.followed(value):
        sort = kind.sort if isinstance(kind, Facade) else "array" if isinstance(kind, Array) else None
        if sort != takes or sort is None:
            frame.refuse(place, f"{spoken(kind)} given as {name} is not followed")
