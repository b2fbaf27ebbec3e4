"""Stands where ``import torch`` stood: what serving code uses of torch around a model, on the CPU.

What is not here does not exist. Nothing here learns, so gradients are never kept and there is nothing to switch off.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ContextDecorator
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np

from jettison_runtime.generation import chance
from jettison_runtime.number_formats import Dtype, boolean, float32, format_of, int32, int64, shape_of
from jettison_runtime.tensors import Tensor

from . import nn
from .functions import (
    abs,
    argmax,
    argsort,
    cat,
    clamp,
    exp,
    log,
    log_softmax,
    matmul,
    max,
    mean,
    min,
    mm,
    norm,
    round,
    sigmoid,
    softmax,
    sort,
    sqrt,
    squeeze,
    stack,
    sum,
    topk,
    unsqueeze,
    where,
)

__all__ = [
    "LongTensor",
    "OutOfMemoryError",
    "Tensor",
    "abs",
    "arange",
    "argmax",
    "argsort",
    "cat",
    "clamp",
    "cuda",
    "device",
    "exp",
    "float32",
    "full",
    "inference_mode",
    "int32",
    "int64",
    "log",
    "log_softmax",
    "long",
    "manual_seed",
    "matmul",
    "max",
    "mean",
    "min",
    "mm",
    "nn",
    "no_grad",
    "norm",
    "ones",
    "ones_like",
    "round",
    "set_num_threads",
    "sigmoid",
    "softmax",
    "sort",
    "sqrt",
    "squeeze",
    "stack",
    "sum",
    "tensor",
    "topk",
    "unsqueeze",
    "where",
    "zeros",
    "zeros_like",
]
long = int64
float = float32  # torch's name
bool = boolean  # torch's name


class no_grad(ContextDecorator):  # noqa: N801  (torch's name)
    """Nothing to switch off; as a ``with``, and as a decorator with or without brackets."""

    def __new__(cls, function: Any = None) -> Any:
        """A decorator without brackets gives the function back."""
        return function if callable(function) else super().__new__(cls)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> Literal[False]:
        return False


class inference_mode(no_grad):  # noqa: N801  (torch's name)
    """The same."""


class device(str):  # noqa: N801  (torch's name)
    """The CPU; any other is an error."""

    __slots__ = ()
    type = "cpu"

    def __new__(cls, name: str = "cpu") -> device:
        """A name, which must be the CPU's."""
        if name not in ("cpu", "cpu:0"):
            raise ValueError(f"there is no device {name!r}: a converted model runs on the CPU")
        return super().__new__(cls, name)


class OutOfMemoryError(RuntimeError):
    """For the code that catches it; memory of a GPU never runs out here."""


cuda = SimpleNamespace(is_available=lambda: False, device_count=lambda: 0, OutOfMemoryError=OutOfMemoryError)


def set_num_threads(count: int) -> None:
    """Threads of the models that are loaded from here on."""
    os.environ["JETTISON_THREADS"] = str(count)


def manual_seed(seed: int) -> None:
    """Start the random numbers over that tokens are sampled with. They are not torch's: a seed gives other tokens."""
    chance.set_seed(seed % 2**64)  # torch takes negative ones too


def tensor(data: Any, dtype: Dtype | str | None = None) -> Tensor:
    """Numbers in lists of lists of equal lengths; whole numbers in 64 bits, others in float32.

    :raises ValueError: the rows have different lengths.
    """
    if isinstance(data, Tensor):
        return data.clone().to(dtype or data.dtype)
    if isinstance(data, np.ndarray):
        return Tensor(np.array(data, format_of(dtype).numpy if dtype else None))
    found = np.array(data)
    if found.dtype.kind not in "bif":
        raise ValueError(f"a tensor is made of numbers, not of {found.dtype}")
    wanted = format_of(dtype).numpy if dtype else {"b": np.bool_, "i": np.int64, "f": np.float32}[found.dtype.kind]
    return Tensor(found.astype(wanted))


def LongTensor(data: Any) -> Tensor:  # noqa: N802  (torch's name)
    """Whole numbers in lists of lists of equal lengths.

    :raises TypeError: a size instead of numbers, or other numbers.
    """
    if not isinstance(data, list | tuple) or ((made := tensor(data)).is_floating_point() and made.numel()):
        raise TypeError("LongTensor is made of lists of whole numbers here")
    return made.long()


def zeros(*size: int | Sequence[int], dtype: Dtype | str = float32) -> Tensor:
    """Zeros of that shape."""
    return full(shape_of(size), 0, dtype=dtype)


def ones(*size: int | Sequence[int], dtype: Dtype | str = float32) -> Tensor:
    """Ones of that shape."""
    return full(shape_of(size), 1, dtype=dtype)


def full(size: Sequence[int], fill_value: Any, *, dtype: Dtype | str | None = None) -> Tensor:
    """One number everywhere."""
    wanted = dtype or tensor(fill_value).dtype
    return Tensor(np.full(tuple(size), fill_value, format_of(wanted).numpy))


def zeros_like(input: Tensor, *, dtype: Dtype | str | None = None) -> Tensor:
    """Zeros of the shape and the number format of another tensor."""
    return full(input.shape, 0, dtype=dtype or input.dtype)


def ones_like(input: Tensor, *, dtype: Dtype | str | None = None) -> Tensor:
    """Ones of the shape and the number format of another tensor."""
    return full(input.shape, 1, dtype=dtype or input.dtype)


def arange(start: int, end: int | None = None, step: int = 1) -> Tensor:
    """Whole numbers up to `end`, which is left out."""
    first, last = (0, start) if end is None else (start, end)
    if not all(isinstance(each, int) for each in (first, last, step)):
        raise TypeError("arange counts in whole numbers here")
    if step == 0 or (last - first) * step < 0:
        raise RuntimeError(f"arange from {first} to {last} in steps of {step} leads away from its end")
    return Tensor(np.arange(first, last, step, dtype=np.int64))
