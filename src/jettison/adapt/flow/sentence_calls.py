"""sentence_transformers: models that give embeddings, and what compares them."""

from __future__ import annotations

import ast

from jettison.adapt.known import sentence_transformers as known

from . import calls, expressions, facade_arguments, facade_calls
from .frame import Frame
from .kinds import PLAIN, Array, Box, Value, constants, facade, one


def call(path: str, given: calls.Given, frame: Frame) -> Value:
    """``SentenceTransformer(…)`` and the functions of ``util``."""
    name = path.removeprefix(f"{known.PACKAGE}.")
    if name == "SentenceTransformer":
        facade_arguments.check(given, known.MADE, frame)
        facade_calls.loaded_again(given, frame)
        return facade("sentence_encoder")
    function = name.removeprefix("util.")
    if function == name or function not in known.FUNCTIONS:
        frame.refuse(given.node, expressions.without_counterpart(path))
        return PLAIN
    facade_arguments.check(given, known.FUNCTIONS[function], frame)
    frame.note(given.node, f"the last digit of what {given.callee} computes may be another than torch's")
    return PLAIN if function == "semantic_search" else one(Array(2))


def encoded(given: calls.Given, frame: Frame) -> Value:
    """``model.encode(…)``: arrays of numpy's unless the call says otherwise."""
    tensors = _option(given, "convert_to_tensor", False)
    arrays = _option(given, "convert_to_numpy", True)
    if tensors is None or arrays is None or (not tensors and not arrays):
        frame.refuse(given.node, "encode gives tensors or arrays of numpy's here, and the call must say which")
        return PLAIN
    if not tensors:
        return PLAIN
    texts = given.values[0] if given.values else PLAIN
    several = bool(texts) and all(isinstance(kind, Box) for kind in texts)
    return one(Array(2 if several else None))


def _option(given: calls.Given, name: str, usual: bool) -> bool | None:
    """A switch of the call; None when it is not a literal."""
    if name not in given.keywords:
        return None if any(isinstance(each, ast.keyword) for each, _ in given.rest) else usual
    found = constants(given.keywords[name][1])
    return bool(found[0]) if found and len(set(found)) == 1 else None
