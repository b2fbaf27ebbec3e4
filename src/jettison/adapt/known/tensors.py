"""Tensors: what ``jettison_runtime.torch`` and its tensors have, with torch's meaning. A test holds this to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

NAMESPACE = "jettison_runtime.torch"
"""Stands where ``import torch`` stood, in files that use what is below."""

MODULES = frozenset({"torch", "torch.nn", "torch.nn.functional"})
"""Modules of torch that the namespace has too, each as far as its names stand below."""

Gives = Literal["plain", "same", "deeper", "flat", "number", "tensor", "reduced", "extreme", "found", "places"]
"""Python data; a tensor of as many dimensions as the one given, one more, one, none, or not known. ``reduced``: one
less, or none without a dimension; ``extreme``: with a dimension two tensors, else one number; ``found``: always
several; ``places``: several when a tuple is asked for."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """A function or a method on tensors."""

    positional: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    """By keyword only."""
    spread: bool = False
    """Takes any number of numbers by position."""
    gives: Gives = "tensor"
    rounded: bool = False
    """Computes with fractions, whose last digit may be another than torch's."""


_MAKING = frozenset({"dtype", "device"})
DTYPES = frozenset({"torch.long", "torch.int64", "torch.int32", "torch.bool"})
CLASSES = frozenset({"torch.Tensor", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError"})
"""Classes for ``isinstance`` and ``except``."""

_OF_ONE: Mapping[str, Operation] = {
    "abs": Operation(gives="same"),
    "argmax": Operation(positional=("dim", "keepdim"), gives="reduced"),
    "argsort": Operation(positional=("dim", "descending"), gives="same"),
    "clamp": Operation(positional=("min", "max"), gives="same"),
    "exp": Operation(gives="same", rounded=True),
    "log": Operation(gives="same", rounded=True),
    "log_softmax": Operation(positional=("dim",), gives="same", rounded=True),
    "matmul": Operation(positional=("other",), rounded=True),
    "max": Operation(positional=("dim", "keepdim"), gives="extreme"),
    "mean": Operation(positional=("dim", "keepdim"), gives="reduced", rounded=True),
    "min": Operation(positional=("dim", "keepdim"), gives="extreme"),
    "norm": Operation(positional=("p", "dim", "keepdim"), gives="reduced", rounded=True),
    "round": Operation(options=frozenset({"decimals"}), gives="same"),
    "sigmoid": Operation(gives="same", rounded=True),
    "softmax": Operation(positional=("dim",), gives="same", rounded=True),
    "sqrt": Operation(gives="same", rounded=True),
    "sort": Operation(positional=("dim", "descending"), gives="found"),
    "squeeze": Operation(positional=("dim",)),
    "sum": Operation(positional=("dim", "keepdim"), gives="reduced", rounded=True),
    "topk": Operation(positional=("k", "dim", "largest"), gives="found"),
    "unsqueeze": Operation(positional=("dim",), gives="deeper"),
}
"""Both a method of a tensor and a function that takes it first."""
_F = "torch.nn.functional"
FUNCTIONS: Mapping[str, Operation] = {
    **{f"torch.{name}": replace(each, positional=("input", *each.positional)) for name, each in _OF_ONE.items()},
    "torch.tensor": Operation(positional=("data",), options=_MAKING),
    "torch.LongTensor": Operation(positional=("data",)),
    "torch.zeros": Operation(spread=True, options=_MAKING),
    "torch.ones": Operation(spread=True, options=_MAKING),
    "torch.full": Operation(positional=("size", "fill_value"), options=_MAKING),
    "torch.zeros_like": Operation(positional=("input",), options=_MAKING, gives="same"),
    "torch.ones_like": Operation(positional=("input",), options=_MAKING, gives="same"),
    "torch.arange": Operation(positional=("start", "end", "step"), gives="flat"),
    "torch.cat": Operation(positional=("tensors", "dim"), gives="same"),
    "torch.stack": Operation(positional=("tensors", "dim"), gives="deeper"),
    "torch.where": Operation(positional=("condition",), gives="found"),
    "torch.mm": Operation(positional=("input", "mat2"), gives="same", rounded=True),
    f"{_F}.softmax": Operation(positional=("input", "dim"), gives="same", rounded=True),
    f"{_F}.log_softmax": Operation(positional=("input", "dim"), gives="same", rounded=True),
    f"{_F}.sigmoid": Operation(positional=("input",), gives="same", rounded=True),
    f"{_F}.normalize": Operation(positional=("input", "p", "dim", "eps"), gives="same", rounded=True),
    f"{_F}.cosine_similarity": Operation(positional=("x1", "x2", "dim", "eps"), rounded=True),
}
LAYERS: Mapping[str, Operation] = {
    "torch.nn.Softmax": Operation(positional=("dim",)),
    "torch.nn.Sigmoid": Operation(),
    "torch.nn.CosineSimilarity": Operation(positional=("dim", "eps")),
}
"""Layers that are nothing but a function: they are called with tensors."""
TAKE_TENSORS = frozenset({"condition", "input", "tensors", "mat2", "x1", "x2"})
"""Parameters that take a tensor, or several."""
MAY_TAKE_TENSORS = frozenset({"other"})
"""Parameters that take a tensor or a number; all others but `dtype` and `device` take Python data."""

METHODS: Mapping[str, Operation] = {
    **_OF_ONE,
    "all": Operation(gives="number"),
    "any": Operation(gives="number"),
    "bool": Operation(gives="same"),
    "clone": Operation(gives="same"),
    "contiguous": Operation(gives="same"),
    "dim": Operation(gives="plain"),
    "expand": Operation(spread=True),
    "expand_as": Operation(positional=("other",)),
    "flatten": Operation(gives="flat"),
    "float": Operation(gives="same"),
    "is_floating_point": Operation(gives="plain"),
    "int": Operation(gives="same"),
    "item": Operation(gives="plain"),
    "long": Operation(gives="same"),
    "nonzero": Operation(options=frozenset({"as_tuple"}), gives="places"),
    "numel": Operation(gives="plain"),
    "numpy": Operation(gives="plain"),
    "reshape": Operation(spread=True),
    "size": Operation(positional=("dim",), gives="plain"),
    "split": Operation(positional=("split_size", "dim"), gives="found"),
    "t": Operation(gives="same"),
    "tolist": Operation(gives="plain"),
    "transpose": Operation(positional=("dim0", "dim1"), gives="same"),
    "view": Operation(spread=True),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), Operation(positional=("other",), gives="same")),
}
"""Methods that a tensor of the runtime has. Those that change nothing on the CPU are taken out (`facade.UNWRAPPED`)."""
