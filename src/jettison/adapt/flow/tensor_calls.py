"""Calls on tensors that the runtime has with torch's meaning: ``torch.cat(…)``, ``x.squeeze(0)``, ``x != 0``."""

from __future__ import annotations

import ast

from jettison.adapt.known import tensors as known

from . import calls, torch_calls
from .frame import Frame
from .harmless import harmless
from .kinds import PLAIN, Array, Box, Facade, Method, Value, facade, is_none, one, spoken
from .memory import union

_COMPARING = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def call(path: str, given: calls.Given, frame: Frame) -> Value:
    """A function of torch on tensors, or one that makes a tensor."""
    if not isinstance(given.node, ast.Call) or not keep(given.node.func, frame):
        frame.refuse(given.node, f"{path} can only be called where torch is imported by its name")
        return PLAIN
    operation = known.FUNCTIONS[path]
    _check(path, operation, given, frame)
    taken = [value for name, value in _named(operation, given) if name in known.TAKE_TENSORS]
    return _given(operation, _tensors(union(taken), frame), given, frame)


def method(kind: Method, given: calls.Given, frame: Frame) -> Value:
    """A method of a tensor."""
    assert isinstance(kind.owner, Array)
    operation = known.METHODS[kind.name]
    _check(f".{kind.name} of a tensor", operation, given, frame)
    if kind.name == "size" and not given.all:
        return facade("shape")
    if kind.name == "sum" and not given.all:
        return one(Array(0))
    return _given(operation, frozenset({kind.owner}), given, frame)


def compared(node: ast.Compare, left: Value, right: Value, frame: Frame) -> Value | None:
    """``x != 0``: a tensor of truths; None when this compares no tensors, or in another way."""
    tensors = [kind for kind in left | right if isinstance(kind, Array)]
    if not tensors or len(node.ops) != 1 or not isinstance(node.ops[0], _COMPARING):
        return None
    if any(is_none(kind) for kind in left | right) or frame.memory.followed(left | right) - frozenset(tensors):
        return None
    if any(isinstance(kind, Box) for kind in left | right):
        return None
    depths = {kind.depth for kind in tensors}
    # Where something else may stand, its own comparison gives what it gives.
    others = PLAIN if not any(all(isinstance(kind, Array) for kind in side) for side in (left, right)) else frozenset()
    return one(Array(depths.pop() if len(depths) == 1 else None)) | others


def keep(node: ast.expr, frame: Frame) -> bool:
    """The name of torch stays in the code, and the runtime's namespace takes torch's place where it is imported."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    home = frame.scope.home(root.id).node
    if not any(root.id in _imports(each) for each in ast.walk(home)):
        return False
    frame.memory.mark("needs torch", home, root.id)
    return True


def _imports(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=aliases):
            return [alias.asname or alias.name for alias in aliases if alias.name == "torch"]
        case ast.ImportFrom(module="torch", level=0, names=aliases):
            return [alias.asname or alias.name for alias in aliases]
        case _:
            return []


def _named(operation: known.Operation, given: calls.Given) -> list[tuple[str, Value]]:
    by_place = list(zip(operation.positional, given.values, strict=False))
    return by_place + [(name, value) for name, (_, value) in given.keywords.items()]


def _check(what: str, operation: known.Operation, given: calls.Given, frame: Frame) -> None:
    """Refuse what the runtime's operation does not take, or takes with another meaning."""
    too_many = len(given.values) > len(operation.positional) and not operation.spread
    if too_many or given.spread or given.rest:
        frame.refuse(given.node, f"these arguments of {what} are not followed")
    for place, value in zip(given.places[len(operation.positional) :], given.values[len(operation.positional) :]):  # noqa: B905
        _check_value("", place, value, frame)
    for name, place, value in zip(operation.positional, given.places, given.values, strict=False):
        _check_value(name, place, value, frame)
    for name, (keyword, value) in given.keywords.items():
        if name not in operation.options and name not in operation.positional:
            frame.refuse(keyword, f"the option {name} of {what} is not followed")
        elif name == "device":
            _without_device(keyword, value, frame)
        else:
            _check_value(name, keyword, value, frame)
    if operation.rounded:
        frame.note(given.node, f"the last digit of what {what} computes may be another than torch's")


def _check_value(name: str, place: ast.AST, value: Value, frame: Frame) -> None:
    if name in known.TAKE_TENSORS:
        held = union(frame.memory.elements(kind) if isinstance(kind, Box) else one(kind) for kind in value)
        for kind in held:
            if not isinstance(kind, Array):
                frame.refuse(place, f"{spoken(kind)} where a tensor belongs is not followed")
        return
    for kind in frame.memory.followed(value):
        if name != "dtype" or not (isinstance(kind, Facade) and kind.sort in ("dtype", "float32")):
            frame.refuse(place, f"{spoken(kind)} given here is not followed")


def _without_device(keyword: ast.keyword, value: Value, frame: Frame) -> None:
    if frame.memory.followed(value) - facade("device") or not harmless(keyword.value, frame):
        frame.refuse(keyword, "where this tensor is made is not followed")
        return
    if torch_calls.wants_gpu(value, frame):
        torch_calls.without_gpu(keyword, frame)
    frame.edit(keyword, "drop keyword")


def _tensors(value: Value, frame: Frame) -> Value:
    held = union(frame.memory.elements(kind) if isinstance(kind, Box) else one(kind) for kind in value)
    return frozenset(kind for kind in held if isinstance(kind, Array))


def _given(operation: known.Operation, taken: Value, given: calls.Given, frame: Frame) -> Value:
    depths = {kind.depth for kind in taken if isinstance(kind, Array)}
    depth = depths.pop() if len(depths) == 1 else None
    match operation.gives:
        case "plain":
            return PLAIN
        case "same":
            return one(Array(depth))
        case "deeper":
            return one(Array(None if depth is None else depth + 1))
        case "flat":
            return one(Array(1))
        case "number":
            return one(Array(0))
        case "tensor":
            return one(Array(None))
