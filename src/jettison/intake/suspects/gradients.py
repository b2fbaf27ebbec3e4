"""A torch network that is called with gradients on: it keeps what every layer gave until the answer is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...records import Suspect
from ..app.apps import qualified
from ..models.model_names import loads_model
from ..source.code import Module
from ..source.syntax import Function, assignments, dotted, last_name
from .served import Served

_OFF = frozenset({"no_grad", "inference_mode", "set_grad_enabled", "requires_grad_", "enable_grad"})
_OTHERS = ("Tokenizer", "Processor", "FeatureExtractor", "Config", "TF", "Flax", "ORT", "OV")
_MESSAGE = "the network is called with gradients on, so it keeps what each of its layers gave"
_ADVICE = "call it under `with torch.inference_mode():`"


def found(app: Served) -> Iterator[Suspect]:
    """Calls of loaded torch networks in functions that run for every request, without anything that turns them off."""
    for module, function in app.per_request:
        networks = set(_networks(module))
        if not networks or _is_off(module.tree):
            continue
        if any(
            last_name(each.func if isinstance(each, ast.Call) else each) in _OFF for each in function.decorator_list
        ):
            continue
        for node in _with_gradients(function):
            if isinstance(node, ast.Call) and dotted(node.func).removesuffix(".forward") in networks:
                yield app.suspect("gradients-kept", module, node, (_MESSAGE, _ADVICE))


def _networks(module: Module) -> Iterator[str]:
    """Names that a torch network is loaded under: ``model``, ``self.model``."""
    for statement in ast.walk(module.tree):
        for name, value in assignments(statement) if isinstance(statement, ast.stmt) else ():
            loaded = _loading(value, module)
            if loaded is not None and _is_torch(loaded, module):
                yield name


def _loading(value: ast.expr, module: Module) -> ast.Call | None:
    """The loading call in ``AutoModel.from_pretrained(…).eval().to(device)``."""
    while isinstance(value, ast.Call) and not loads_model(value, module):
        value = value.func.value if isinstance(value.func, ast.Attribute) else value.func
    return value if isinstance(value, ast.Call) else None


def _is_torch(call: ast.Call, module: Module) -> bool:
    full = qualified(call.func, module)
    maker = full.removesuffix(".from_pretrained").rpartition(".")[2]
    if full.startswith("torch."):
        return True
    return full.startswith("transformers.") and maker != "pipeline" and not any(each in maker for each in _OTHERS)


def _is_off(tree: ast.AST) -> bool:
    """Turned off for the whole process: at the top of the module, or on the network's own parameters."""
    return any(
        isinstance(node, ast.Call) and last_name(node.func) in ("set_grad_enabled", "requires_grad_")
        for node in ast.walk(tree)
    )


def _with_gradients(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.With, ast.AsyncWith)) and any(
            last_name(each.context_expr.func) in _OFF for each in child.items if isinstance(each.context_expr, ast.Call)
        ):
            continue
        if not isinstance(child, Function):
            yield child
            yield from _with_gradients(child)
