"""Calls on tensors that the runtime has with torch's meaning: ``torch.cat(…)``, ``x.squeeze(0)``, ``x != 0``."""

from __future__ import annotations

import ast

from jettison.adapt.known import tensors as known

from . import calls, torch_calls
from .frame import Frame
from .harmless import harmless
from .kinds import PLAIN, Array, Box, Facade, Method, Value, constants, facade, is_none, literal, one, spoken
from .memory import union

_FORMATS = frozenset({Facade("dtype"), Facade("float32")})
_SHAPE = facade("shape")
_COMPUTING = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)
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


def layer(path: str, given: calls.Given, frame: Frame) -> Value:
    """``torch.nn.Softmax(dim=1)``: a function that is called later."""
    if not isinstance(given.node, ast.Call) or not keep(given.node.func, frame):
        frame.refuse(given.node, f"{path} can only be called where torch is imported by its name")
        return PLAIN
    _check(path, known.LAYERS[path], given, frame)
    return facade("layer")


def layered(given: calls.Given, frame: Frame) -> Value:
    """A layer called with tensors."""
    taken = union(given.values)
    if not taken or given.keywords or given.rest or not all(isinstance(kind, Array) for kind in taken):
        frame.refuse(given.node, "a layer of torch is called with tensors here")
    frame.note(given.node, f"the last digit of what {given.callee} computes may be another than torch's")
    depths = {kind.depth for kind in taken if isinstance(kind, Array)}
    return one(Array(depths.pop() if len(given.values) == len(depths) == 1 else None))


def computed(node: ast.BinOp, left: Value, right: Value, frame: Frame) -> Value | None:
    """``x * 2``, ``x / y``, ``x @ y``; None when this computes with no tensors, or in another way."""
    tensors = [kind for kind in left | right if isinstance(kind, Array)]
    if not tensors or not isinstance(node.op, _COMPUTING):
        return None
    if frame.memory.followed(left | right) - frozenset(tensors) or any(isinstance(kind, Box) for kind in left | right):
        return None
    depths = {kind.depth for kind in tensors}
    if isinstance(node.op, ast.MatMult):
        frame.note(node, "the last digit of a product of matrices may be another than torch's")
        return one(Array(2 if depths == {2} and len(left | right) == 1 else None))
    known_depths = [depth for depth in depths if depth is not None]
    # Where something else may stand, its own arithmetic gives what it gives.
    others = PLAIN if not any(all(isinstance(kind, Array) for kind in side) for side in (left, right)) else frozenset()
    return one(Array(max(known_depths) if len(known_depths) == len(depths) else None)) | others


def method(kind: Method, given: calls.Given, frame: Frame) -> Value:
    """A method of a tensor."""
    assert isinstance(kind.owner, Array)
    operation = known.METHODS[kind.name]
    _check(f".{kind.name} of a tensor", operation, given, frame)
    if kind.name == "size" and not given.all:
        return facade("shape")
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
            return [alias.asname or "torch" for alias in aliases if alias.name in known.MODULES]
        case ast.ImportFrom(module=str(module), level=0, names=aliases) if module in known.MODULES:
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
    allowed = {"dtype": _FORMATS, "": _SHAPE, "size": _SHAPE}.get(name, frozenset())
    for kind in frame.memory.followed(value) - allowed:
        if not (name in known.MAY_TAKE_TENSORS and isinstance(kind, Array)):
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


def _given(operation: known.Operation, taken: Value, given: calls.Given, frame: Frame) -> Value:  # noqa: PLR0911
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
        case "reduced":
            return one(Array(_reduced(operation, depth, given)))
        case "extreme":
            return facade("found") if _dimension(operation, given) is not None else one(Array(0))
        case "found":
            return facade("found")
        case "places":
            asked = constants(given.keywords["as_tuple"][1]) if "as_tuple" in given.keywords else (False,)
            return facade("found") if asked and all(asked) else one(Array(2))
        case "tensor":
            return one(Array(None))


def _dimension(operation: known.Operation, given: calls.Given) -> Value | None:
    """Along which dimension; None: over all elements."""
    found = dict(_named(operation, given)).get("dim")
    return None if found is None or all(is_none(kind) for kind in found) else found


def _reduced(operation: known.Operation, depth: int | None, given: calls.Given) -> int | None:
    """The dimensions that are left of `depth`."""
    dimension = _dimension(operation, given)
    if dimension is None:
        return 0
    kept = constants(dict(_named(operation, given)).get("keepdim", literal(False)))
    numbers = constants(dimension)
    if depth is None or not kept or len(set(kept)) > 1 or not numbers or not all(isinstance(n, int) for n in numbers):
        return None
    return depth if kept[0] else depth - 1
