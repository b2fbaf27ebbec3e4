"""Tensors: what ``jettison_runtime.torch`` and its tensors have, with torch's meaning. A test holds this to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

NAMESPACE = "jettison_runtime.torch"
"""Stands where ``import torch`` stood, in files that use what is below."""

Gives = Literal["plain", "same", "deeper", "flat", "number", "tensor"]
"""Python data; a tensor of as many dimensions as the one given, one more, one, none, or not known."""


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
FUNCTIONS: Mapping[str, Operation] = {
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
    "torch.softmax": Operation(positional=("input", "dim"), gives="same", rounded=True),
    "torch.argmax": Operation(positional=("input", "dim")),
}
TAKE_TENSORS = frozenset({"input", "tensors"})
"""Parameters that take a tensor, or several; all others but `dtype` and `device` take Python data."""

METHODS: Mapping[str, Operation] = {
    "all": Operation(gives="number"),
    "any": Operation(gives="number"),
    "argmax": Operation(positional=("dim",)),
    "clone": Operation(gives="same"),
    "contiguous": Operation(gives="same"),
    "dim": Operation(gives="plain"),
    "flatten": Operation(gives="flat"),
    "float": Operation(gives="same"),
    "is_floating_point": Operation(gives="plain"),
    "item": Operation(gives="plain"),
    "long": Operation(gives="same"),
    "max": Operation(gives="number"),
    "mean": Operation(positional=("dim",), rounded=True),
    "min": Operation(gives="number"),
    "numel": Operation(gives="plain"),
    "numpy": Operation(gives="plain"),
    "size": Operation(positional=("dim",), gives="plain"),
    "softmax": Operation(positional=("dim",), gives="same", rounded=True),
    "reshape": Operation(spread=True),
    "squeeze": Operation(positional=("dim",)),
    "sum": Operation(positional=("dim",)),
    "tolist": Operation(gives="plain"),
    "unsqueeze": Operation(positional=("dim",), gives="deeper"),
    "view": Operation(spread=True),
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), Operation(positional=("other",), gives="same")),
}
"""Methods that a tensor of the runtime has. Those that change nothing on the CPU are taken out (`facade.UNWRAPPED`)."""
