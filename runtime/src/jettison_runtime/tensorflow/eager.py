"""Tensors that hold numbers, as TensorFlow 2 gives them, and the few functions on them that serving code calls.

What is not here does not exist. Numbers without a type become TensorFlow's: float32 and int32.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class DType:
    """A number format."""

    name: str

    @property
    def as_numpy_dtype(self) -> type[Any]:
        """numpy's."""
        return np.dtype(self.name).type

    def __repr__(self) -> str:
        return f"<dtype: {self.name!r}>"


class TensorShape(Sequence[int | None]):
    """Sizes. They equal a list of the same sizes as well as a tuple; None stands for one that is free."""

    __slots__ = ("_sizes",)

    def __init__(self, sizes: Iterable[int | None]) -> None:
        self._sizes = tuple(sizes)

    @property
    def rank(self) -> int:
        """How many dimensions there are."""
        return len(self._sizes)

    ndims = rank

    def as_list(self) -> list[int | None]:
        """As a list."""
        return list(self._sizes)

    def num_elements(self) -> int | None:
        """How many numbers; None where a size is free."""
        return math.prod(size for size in self._sizes if size is not None) if None not in self._sizes else None

    @overload
    def __getitem__(self, key: int) -> int | None: ...
    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...
    def __getitem__(self, key: int | slice) -> int | TensorShape | None:
        return TensorShape(self._sizes[key]) if isinstance(key, slice) else self._sizes[key]

    def __len__(self) -> int:
        return len(self._sizes)

    def __hash__(self) -> int:
        return hash(self._sizes)

    def __eq__(self, other: object) -> builtins.bool:
        return isinstance(other, TensorShape | tuple | list) and self._sizes == tuple(other)

    def __add__(self, other: Iterable[int | None]) -> TensorShape:
        return TensorShape((*self._sizes, *other))

    def __radd__(self, other: Iterable[int | None]) -> TensorShape:
        return TensorShape((*other, *self._sizes))

    def __str__(self) -> str:
        return str(self._sizes)

    def __repr__(self) -> str:
        return f"TensorShape({list(self._sizes)})"


float32, float64, int32, int64, uint8 = (DType(name) for name in ("float32", "float64", "int32", "int64", "uint8"))
bool = DType("bool")  # TensorFlow's name


class EagerTensor:
    """Numbers that nobody changes."""

    __slots__ = ("_array",)
    __array_priority__ = 100

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    def numpy(self) -> NDArray[Any]:
        """A copy as numpy's array, or its scalar where there is one number."""
        found: NDArray[Any] = self._array[()].copy()
        return found

    @property
    def dtype(self) -> DType:
        """Its number format."""
        return DType(self._array.dtype.name)

    @property
    def shape(self) -> TensorShape:
        """Its sizes."""
        return TensorShape(self._array.shape)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.array(self._array, dtype)

    def __getitem__(self, key: Any) -> EagerTensor:
        plain = key if isinstance(key, tuple) else (key,)
        if not all(each is None or each is Ellipsis or isinstance(each, int | np.integer | slice) for each in plain):
            raise TypeError("a tensor is indexed with whole numbers and slices here")
        return EagerTensor(np.asarray(self._array[key]))

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[EagerTensor]:
        return (EagerTensor(np.asarray(each)) for each in self._array)

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        raise TypeError("tensors are not compared here: compare what .numpy() gives")

    def __bool__(self) -> Any:
        return self._array.__bool__()

    def __float__(self) -> float:
        return float(self._array)

    def __int__(self) -> int:
        return int(self._array)


def _format(dtype: Any) -> np.dtype[Any]:
    """A number format by whatever names it; Python's float has 32 bits in TensorFlow."""
    if dtype is float or (isinstance(dtype, str) and dtype == "float"):
        return np.dtype(np.float32)
    return np.dtype(dtype.name if isinstance(dtype, DType) else dtype)


def array_of(value: Any, dtype: Any = None) -> NDArray[Any]:
    """The numbers of a tensor, an array, or lists of lists, in the format that TensorFlow would choose.

    :raises ValueError: another format is asked for than numbers of this one become without `cast`.
    """
    asked = None if dtype is None else _format(dtype)
    found = value.__array__() if isinstance(value, EagerTensor) else np.asarray(value)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"a tensor is made of numbers here, not of {found.dtype}")
    if asked is None:
        return found.astype(_usual(value, found))
    same = found.dtype == asked
    # Source: IsCompatible of TensorFlow's pywrap_tensor.cc.
    fits = (asked.kind in "iu" and found.dtype.kind in "iu") or (asked.kind == "f" and found.dtype.kind in "iuf")
    if not (same or (fits and not isinstance(value, EagerTensor))):
        raise ValueError(f"{found.dtype} cannot become {asked} without tf.cast")
    return found.astype(asked)


def _usual(value: Any, found: NDArray[Any]) -> np.dtype[Any]:
    """The format of numbers when nobody says: theirs, and of Python's own numbers 32 bits where they fit."""
    if isinstance(value, np.ndarray | np.generic | EagerTensor) or found.dtype.kind == "b":
        return found.dtype
    first = value
    while isinstance(first, list | tuple) and first:
        first = first[0]
    if isinstance(first, np.generic):
        raise ValueError("lists of numpy's numbers need a dtype here")
    if isinstance(first, np.ndarray):
        return found.dtype
    if found.dtype.kind == "f":
        return np.dtype(np.float32)
    limits = np.iinfo(np.int32)
    small = not found.size or (found.min() >= limits.min and found.max() <= limits.max)
    return np.dtype(np.int32) if small else np.dtype(np.int64)


def constant(value: Any, dtype: Any = None) -> EagerTensor:
    """A tensor of numbers."""
    return EagerTensor(array_of(value, dtype))


def convert_to_tensor(value: Any, dtype: Any = None) -> EagerTensor:
    """The same."""
    return constant(value, dtype)


def cast(x: Any, dtype: Any) -> EagerTensor:
    """In another number format."""
    return EagerTensor(array_of(x).astype(_format(dtype)))


def expand_dims(input: Any, axis: int) -> EagerTensor:
    """With one more dimension."""
    return EagerTensor(np.expand_dims(array_of(input), axis))


def squeeze(input: Any, axis: int | Sequence[int] | None = None) -> EagerTensor:
    """Without dimensions of one: these, or all of them when none is named."""
    # As in TensorFlow, an empty list names none.
    return EagerTensor(np.squeeze(array_of(input), None if axis in ([], ()) else _axes(axis)))


def argmax(input: Any, axis: int | None = None) -> EagerTensor:
    """Places of the largest numbers along a dimension, the first one when it is not said."""
    return EagerTensor(np.asarray(np.argmax(array_of(input), axis or 0)))


def reduce_max(input_tensor: Any, axis: int | Sequence[int] | None = None) -> EagerTensor:
    """The largest number, of all or along dimensions."""
    return EagerTensor(np.asarray(np.max(array_of(input_tensor), _axes(axis))))


def _axes(axis: int | Sequence[int] | None) -> int | tuple[int, ...] | None:
    return axis if axis is None or isinstance(axis, int) else tuple(axis)
