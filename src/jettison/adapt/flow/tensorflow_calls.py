"""TensorFlow and Keras: networks out of files, and asking them. They answer with plain data or a tensor of numbers."""

from __future__ import annotations

import ast

from jettison.adapt.known import tensorflow as known

from . import calls, facade_arguments, facade_calls
from .frame import Frame
from .kinds import NOTHING, PLAIN, Box, Facade, Value, constants, facade, one, spoken
from .memory import union

_OUTPUTS = Box("outputs of a signature", keyed=True)
_ENDS = Box("outputs of an operation")
TENSORS = facade("eager")


def remember(frame: Frame) -> None:
    """Put into memory what going through these gives."""
    frame.memory.write(("item", _OUTPUTS.site, None), TENSORS)
    frame.memory.write(("item", _ENDS.site, None), facade("graph_tensor"))


def call(path: str, given: calls.Given, frame: Frame) -> Value:
    """``tf.…(…)``."""
    name = known.place(path)
    signature = known.FUNCTIONS.get(name)
    if signature is None:
        frame.refuse(given.node, without_counterpart(path))
        return PLAIN
    facade_arguments.check(given, signature, frame, takes=known.TAKES)
    if name.removeprefix("compat.v1.") in known.LOADS:
        facade_calls.loaded_again(given, frame)
    sort = known.gives(name)
    return facade(sort) if sort else PLAIN


def without_counterpart(path: str) -> str:
    """Why a name of TensorFlow is refused."""
    name = known.place(path).removeprefix("compat.v1.")
    reasons = [why for start, why in known.REASONS.items() if name == start or name.startswith(f"{start}.")]
    return f"{path}: {reasons[0]}" if reasons else f"{path} has no counterpart without TensorFlow"


def constant(path: str) -> Value:
    """A name that is no function: a number format, a level of messages; nothing when it is neither."""
    name = known.place(path)
    if name.removeprefix("compat.v1.") in known.DTYPES:
        return facade("tf_dtype")
    return PLAIN if name in known.LEVELS else NOTHING


def method(owner: Facade, name: str, given: calls.Given, frame: Frame) -> Value:
    """A method of what TensorFlow made."""
    facade_arguments.check(given, known.METHODS[owner.sort][name], frame, takes=known.TAKES)
    sort = known.RESULTS.get((owner.sort, name))
    return facade(sort) if sort else PLAIN


def signature(given: calls.Given, frame: Frame) -> Value:
    """``infer(input_1=tf.constant(x))``: the names are those of the network, which checks them itself."""
    options = union(value for _, value in given.rest)
    for kind in frame.memory.followed(given.all) - TENSORS:
        frame.refuse(given.node, f"{spoken(kind)} given to a signature is not followed")
    if any(isinstance(kind, Facade) for kind in options):
        frame.refuse(given.node, "which inputs the signature gets is not followed")
    return one(_OUTPUTS)


def attribute(kind: Facade, name: str) -> Value | None:
    """An attribute that is more than one thing; None when it is none of these."""
    return one(_ENDS) if kind.sort == "graph_operation" and name == "outputs" else None


def item(kind: Facade, key: Value, node: ast.Subscript, frame: Frame) -> Value:
    """``model.signatures["serving_default"]``, ``tensor[0]``."""
    if kind.sort == "eager":
        return TENSORS
    if constants(key) != (known.SIGNATURE,):
        frame.refuse(node, f"of a SavedModel the signature {known.SIGNATURE!r} is converted, and no other one")
    return facade("signature")
