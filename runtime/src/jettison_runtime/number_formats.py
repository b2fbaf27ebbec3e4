"""What tensors are made of: number formats under torch's names, shapes, and the errors that torch gives for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np


class Dtype:
    """A number format, shown as torch shows it."""

    def __init__(self, name: str, numpy: type[np.generic]) -> None:
        self.name, self.numpy = name, numpy

    def __repr__(self) -> str:
        return f"torch.{self.name}"


int64, int32 = Dtype("int64", np.int64), Dtype("int32", np.int32)
float32, boolean = Dtype("float32", np.float32), Dtype("bool", np.bool_)
DTYPES = (int64, int32, float32, boolean)
BY_NAME = {name: each for each in DTYPES for name in (each.name, repr(each))}
"""An adapted app says ``"float32"`` where it said ``torch.float32``."""


def format_of(dtype: Dtype | str) -> Dtype:
    """A number format by its name too.

    :raises TypeError: there is none of that name.
    """
    if str(dtype) not in BY_NAME:
        raise TypeError(f"jettison-runtime has no tensors of {dtype}")
    return BY_NAME[str(dtype)]


def shape_of(size: Sequence[Any]) -> tuple[int, ...]:
    """Lengths that are given one by one, or in a tuple or list."""
    return tuple(size[0]) if len(size) == 1 and isinstance(size[0], tuple | list) else tuple(size)


@contextmanager
def torchs_errors() -> Iterator[None]:
    """Shapes that do not fit are a RuntimeError in torch, which a service may catch."""
    try:
        yield
    except IndexError:
        raise
    except ValueError as cause:
        raise RuntimeError(str(cause)) from cause
