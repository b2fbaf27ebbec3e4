"""Uses of torch that mean nothing on the CPU: dropped or replaced. All others are refused."""

from __future__ import annotations

import ast

from jettison.adapt.known import tensors
from jettison.adapt.known import torch as known
from jettison.adapt.known.sorts import MODELS

from . import calls, expressions, tensor_calls
from .frame import Frame
from .harmless import dotted, harmless
from .kinds import NOTHING, PLAIN, Const, Facade, Foreign, Value, constants, facade, literal, one

_ANY_MODEL = tuple((facade(sort),) for sort in MODELS)
_HASATTR = Foreign("builtins.hasattr")


def call(path: str, given: calls.Given, frame: Frame) -> Value:
    """``torch.…(…)`` used as a value."""
    if path in tensors.FUNCTIONS:
        return tensor_calls.call(path, given, frame)
    if path in tensors.LAYERS:
        return tensor_calls.layer(path, given, frame)
    if path in known.PLAIN_CALLS:
        frame.edit(given.node, "replace", repr(known.PLAIN_CALLS[path]))
        return literal(known.PLAIN_CALLS[path], gpu=True)
    if path == known.DEVICE and _harmless(given, frame):
        if wants_gpu(given.all, frame):
            frame.memory.mark("device of a GPU")
        frame.edit(given.node, "replace", '"cpu"')
        return facade("device")
    if path in known.SAME and given.values in _ANY_MODEL and _harmless(given.behind(0), frame):
        frame.edit(given.node, "unwrap", "argument")
        frame.note(given.node, f"{path} changes the speed, not the answers: dropped")
        return given.values[0]
    frame.refuse(given.node, expressions.without_counterpart(path))
    return PLAIN


def part_asked_for(node: ast.Call, frame: Frame) -> Value:
    """``hasattr(torch.backends, "mps")``: true; nothing when it is another call."""
    match node:
        case ast.Call(func=ast.Name("hasattr"), args=[owner, ast.Constant(str(name))], keywords=[]):
            if f"{dotted(owner, frame)}.{name}" in known.PARTS and frame.lookup("hasattr") == one(_HASATTR):
                frame.edit(node, "replace", "True")
                return literal(True, gpu=True)
    return NOTHING


def wants_gpu(value: Value, frame: Frame) -> bool:
    """A device that only a machine with a GPU has, asked for whether there is one or not."""
    for kind in value:
        match kind:
            case Const() if not kind.gpu and kind.value is not None and kind.value not in ("cpu", -1):
                return True
            case Facade("device") if frame.memory.marked("device of a GPU"):
                return True
    return False


def without_gpu(node: ast.AST, frame: Frame) -> None:
    """The app as it is fails here without a GPU; nothing may depend on that."""
    if frame.tried:
        frame.refuse(
            node, "without a GPU this fails, and the service catches the error: what it does then is not known"
        )
    else:
        frame.note(node, "this asks for a GPU; the adapted app runs on the CPU")


def statement(node: ast.Expr, frame: Frame) -> bool:
    """A line that is nothing but a call of torch; False when it is something else."""
    if not isinstance(node.value, ast.Call):
        return False
    path = _path(node.value.func, frame)
    if path not in known.STATEMENTS and path != known.THREADS:
        return False
    frame.reading.ledger.forget(node)
    given = calls.given(node.value, frame)
    if path == known.THREADS:
        _threads(node, node.value, frame)
    elif _harmless(given, frame):
        frame.edit(node, "drop statement")
        if path in known.SEEDS:
            frame.seed(node)
    else:
        frame.refuse(node, f"the argument of {path} does something that would be lost with it")
    return True


def _threads(node: ast.Expr, call_node: ast.Call, frame: Frame) -> None:
    arguments = [*call_node.args, *(each.value for each in call_node.keywords)]
    own = frame.memory.read("global", frame.scope.source.path, "os")
    if len(arguments) != 1 or not own <= {Foreign("os")} or frame.scope.home("os").parent is not None:
        frame.refuse(node, f"{known.THREADS} cannot be written as {known.THREADS_VARIABLE} here")
        return
    match arguments[0]:
        case ast.Constant(int(number)):
            text = repr(str(number)).replace("'", '"')
        case other:
            text = f"str({ast.get_source_segment(frame.scope.source.text, other)})"
    imported = "os" in frame.names if frame.scope.parent is None else bool(own)
    if not imported:
        # Where torch was imported, os is imported instead.
        root = next(each for each in ast.walk(call_node.func) if isinstance(each, ast.Name))
        frame.memory.mark("needs os", frame.scope.home(root.id).node)
    frame.edit(node, "replace statement", f'os.environ["{known.THREADS_VARIABLE}"] = {text}')
    frame.note(node, f"{known.THREADS_VARIABLE} is read when a model is loaded: set it before")


def setting(node: ast.Assign, frame: Frame) -> bool:
    """``torch.backends.cudnn.… = …``; False when the assignment is something else."""
    paths = [_path(target, frame) or "" for target in node.targets]
    if not all(path.startswith(known.SETTINGS) for path in paths):
        return False
    frame.reading.ledger.forget(node)
    if harmless(node.value, frame):
        frame.edit(node, "drop statement")
    else:
        frame.refuse(node, "the value does something that would be lost with the setting")
    return True


def is_scope(node: ast.expr, frame: Frame, *, decorator: bool = False) -> bool:
    """``torch.no_grad()`` as the item of a ``with`` or as a decorator; arguments that matter are refused."""
    function = node.func if isinstance(node, ast.Call) else node
    path = _path(function, frame)
    if not (isinstance(node, ast.Call) or decorator) or path not in known.SCOPES | known.AUTOCAST:
        return False
    if path in known.AUTOCAST and not (isinstance(node, ast.Call) and _is_off(node, frame)):
        return False
    frame.reading.ledger.forget(node)
    if isinstance(node, ast.Call) and not _harmless(calls.given(node, frame), frame):
        frame.refuse(node, "the argument does something that would be lost with it")
    return True


def _is_off(node: ast.Call, frame: Frame) -> bool:
    """An ``autocast`` that does nothing where there is no GPU."""
    given = calls.given(node, frame)
    enabled = given.keywords["enabled"][1] if "enabled" in given.keywords else NOTHING
    where = given.keywords["device_type"][1] if "device_type" in given.keywords else NOTHING
    where |= given.values[0] if given.values else NOTHING
    return constants(enabled) == (False,) or constants(where) == ("cuda",)


def _harmless(given: calls.Given, frame: Frame) -> bool:
    if frame.memory.followed(given.all) - facade("device"):
        return False
    places = [*given.places, *(keyword.value for keyword, _ in given.keywords.values())]
    return not given.spread and not given.rest and all(harmless(each, frame) for each in places)


def _path(node: ast.expr, frame: Frame) -> str | None:
    path = dotted(node, frame)
    return path if path and path.startswith("torch.") else None
