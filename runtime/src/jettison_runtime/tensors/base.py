"""What a tensor is, its numbers in Python, and its parts."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.number_formats import DTYPES, Dtype, boolean, float32

if TYPE_CHECKING:
    from typing import Self


class Base:
    """Numbers on the CPU, of 64 or 32 bits, float32 or truths."""

    __array_priority__ = 1000
    """A number of numpy's on the left leaves the answer to the tensor on the right, as with torch's."""

    def __init__(self, array: NDArray[Any]) -> None:
        if array.dtype not in [each.numpy for each in DTYPES]:
            raise TypeError(f"jettison-runtime has no tensors of {array.dtype}")
        self._array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """For numpy. Scores do not pass for token ids."""
        if dtype is not None and np.issubdtype(dtype, np.integer) and self.is_floating_point():
            raise RuntimeError("expected a tensor of token ids and found one of float32")
        return np.array(self._array, dtype) if copy else np.asarray(self._array, dtype)

    def _made(self, array: NDArray[Any] | np.generic) -> Self:
        """A tensor of what was computed; what numpy computed in 64 bits becomes float32."""
        found = np.asarray(array)
        return type(self)(found.astype(np.float32) if found.dtype == np.float64 else found)

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """Its lengths."""
        return self._array.shape

    @property
    def dtype(self) -> Dtype:
        """Its number format."""
        return next(each for each in DTYPES if each.numpy == self._array.dtype)

    @property
    def device(self) -> str:
        """Always the CPU."""
        return "cpu"

    @property
    def ndim(self) -> int:
        """Its number of dimensions."""
        return self._array.ndim

    def size(self, dim: int | None = None) -> Any:
        """All its lengths, or one."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        """Its number of dimensions."""
        return self._array.ndim

    def numel(self) -> int:
        """Its number of elements."""
        return self._array.size

    def is_floating_point(self) -> bool:
        """It holds scores rather than ids."""
        return self._array.dtype == np.float32

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __repr__(self) -> str:
        return f"tensor({self.tolist()})"

    def __format__(self, form: str) -> str:
        return format(self.item(), form) if not self.ndim else format(repr(self), form)

    # Its numbers, in Python

    def tolist(self) -> Any:
        """Lists of Python numbers; one number when it has no dimension."""
        return self._array.tolist()

    def item(self) -> Any:
        """Its only element.

        :raises RuntimeError: it has none or several.
        """
        if self._array.size != 1:
            raise RuntimeError(f"a tensor with {self._array.size} elements cannot be converted to one number")
        return self._array.item()

    def numpy(self) -> NDArray[Any]:
        """The numpy array itself, not a copy."""
        return self._array

    def __bool__(self) -> bool:
        return bool(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __index__(self) -> int:
        if self.is_floating_point():
            raise TypeError("only tensors of whole numbers can be an index")
        return operator.index(int(self.item()))

    def __iter__(self) -> Iterator[Self]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self._made(each) for each in self._array)

    def __getitem__(self, key: Any) -> Self:
        found = _key(key)
        if isinstance(found, tuple) and any(isinstance(each, list | np.ndarray) for each in found):
            return self._made(_taken(self._array, found))
        return self._made(self._array[found])


def _taken(array: NDArray[Any], key: tuple[Any, ...]) -> NDArray[Any]:
    """Elements by several keys with lists of places among them: single places first, which is not numpy's order."""
    if any(each is None or each is Ellipsis for each in key):
        raise IndexError("a list of places beside None or ... in an index is not known here")
    single = [isinstance(each, int) and not isinstance(each, bool) for each in key]
    one = array[tuple(each if alone else slice(None) for each, alone in zip(key, single, strict=True))]
    found: NDArray[Any] = one[tuple(each for each, alone in zip(key, single, strict=True) if not alone)]
    return found


def _key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_key(each) for each in key)
    if isinstance(key, Base):
        alone = not key.ndim and key.dtype not in (boolean, float32)
        return int(key) if alone else key.numpy()
    if isinstance(key, slice) and key.step is not None and key.step < 0:
        raise ValueError("step must be greater than zero")
    if isinstance(key, list) and any(isinstance(each, list | tuple) for each in key):
        raise IndexError("an index of lists in a list means other things in other versions: make a tensor of it")
    return key
