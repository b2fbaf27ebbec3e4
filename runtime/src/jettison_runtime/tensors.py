"""Tensors as serving code uses them: token ids, masks and scores, with torch's meaning and without torch.

A `Tensor` holds a numpy array and has only what is written here. What torch has and this lacks is an AttributeError or
a TypeError, never numpy's meaning under torch's name. The source of each meaning is torch's documentation; a test
compares the two.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .number_formats import BY_NAME, DTYPES, Dtype, boolean, float32, int64, shape_of, torchs_errors


class Tensor:
    """Numbers on the CPU, of 64 or 32 bits, float32 or truths."""

    __hash__ = None  # type: ignore[assignment]  # torch hashes by identity, which no answer may depend on

    def __init__(self, array: NDArray[Any]) -> None:
        if array.dtype not in [each.numpy for each in DTYPES]:
            raise TypeError(f"jettison-runtime has no tensors of {array.dtype}")
        self._array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """For numpy. Scores do not pass for token ids."""
        if dtype is not None and np.issubdtype(dtype, np.integer) and self.is_floating_point():
            raise RuntimeError("expected a tensor of token ids and found one of float32")
        return np.array(self._array, dtype) if copy else np.asarray(self._array, dtype)

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

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (Tensor(np.asarray(each)) for each in self._array)

    def __getitem__(self, key: Any) -> Tensor:
        return Tensor(np.asarray(self._array[_key(key)]))

    # Other tensors of the same numbers

    def to(self, *targets: Any, **options: Any) -> Tensor:
        """Where it is already; or in another number format.

        :raises ValueError: another device than the CPU.
        """
        made = self
        for target in (*targets, *(value for name, value in options.items() if name in ("device", "dtype"))):
            if (dtype := BY_NAME.get(str(target))) is not None:
                made = made._as(dtype)
            elif str(target) not in ("cpu", "None"):
                raise ValueError(f"a tensor of jettison-runtime is on the CPU: .to({target!r}) is not possible")
        if unknown := set(options) - {"device", "dtype", "non_blocking", "copy"}:
            raise TypeError(f"Tensor.to has no option {', '.join(sorted(unknown))}")
        return made

    def cpu(self) -> Tensor:
        """Itself."""
        return self

    def detach(self) -> Tensor:
        """Itself: nothing here has gradients."""
        return self

    def clone(self) -> Tensor:
        """A copy."""
        return Tensor(self._array.copy())

    def contiguous(self) -> Tensor:
        """Its elements in order in memory."""
        return Tensor(np.ascontiguousarray(self._array).reshape(self.shape))

    def long(self) -> Tensor:
        """In 64-bit whole numbers, rounded towards zero."""
        return self._as(int64)

    def float(self) -> Tensor:
        """In float32."""
        return self._as(float32)

    def squeeze(self, dim: int | None = None) -> Tensor:
        """Without dimensions of length 1: all of them, or one if it is of length 1."""
        if dim is not None and self.shape[dim] != 1:
            return self
        return Tensor(np.squeeze(self._array, dim))

    def unsqueeze(self, dim: int) -> Tensor:
        """With a new dimension of length 1."""
        return Tensor(np.expand_dims(self._array, dim))

    def reshape(self, *shape: int | Sequence[int]) -> Tensor:
        """With other lengths; one of them may be -1."""
        with torchs_errors():
            return Tensor(self._array.reshape(shape_of(shape)))

    def view(self, *shape: int | Sequence[int]) -> Tensor:
        """The same where its elements are in order in memory.

        :raises RuntimeError: they are not; torch then has a view of some shapes and an error for the others.
        """
        if not self._array.flags.c_contiguous:
            raise RuntimeError("view of a tensor whose elements are not in order in memory: use reshape")
        return self.reshape(*shape)

    def flatten(self) -> Tensor:
        """In one dimension."""
        return Tensor(self._array.reshape(-1))

    def _as(self, dtype: Dtype) -> Tensor:
        return self if self.dtype is dtype else Tensor(self._array.astype(dtype.numpy))

    # Comparing and reducing

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compared(operator.eq, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compared(operator.ne, other)

    def __lt__(self, other: object) -> Tensor:
        return self._compared(operator.lt, other)

    def __le__(self, other: object) -> Tensor:
        return self._compared(operator.le, other)

    def __gt__(self, other: object) -> Tensor:
        return self._compared(operator.gt, other)

    def __ge__(self, other: object) -> Tensor:
        return self._compared(operator.ge, other)

    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__

    def __invert__(self) -> Tensor:
        if self.dtype is not boolean:
            raise TypeError("~ is only known of tensors of truths here")
        return Tensor(np.asarray(~self._array))

    def any(self) -> Tensor:
        """Some element is not zero."""
        return Tensor(np.asarray(self._array.any()))

    def all(self) -> Tensor:
        """No element is zero."""
        return Tensor(np.asarray(self._array.all()))

    def sum(self, dim: int | None = None) -> Tensor:
        """The sum of all elements, or along a dimension; of whole numbers and truths in 64 bits."""
        wide = np.float64 if self.is_floating_point() else np.int64
        return _narrow(np.asarray(self._array.sum(dim, dtype=wide)))

    def mean(self, dim: int | None = None) -> Tensor:
        """The mean of scores."""
        if not self.is_floating_point():
            raise RuntimeError("mean is of scores, not of whole numbers")
        return _narrow(np.asarray(self._array.mean(dim, dtype=np.float64)))

    def max(self) -> Tensor:
        """The largest of all elements. Along a dimension torch gives pairs, which are not here."""
        with torchs_errors():
            return Tensor(np.asarray(self._array.max()))

    def min(self) -> Tensor:
        """The smallest of all elements."""
        with torchs_errors():
            return Tensor(np.asarray(self._array.min()))

    def argmax(self, dim: int | None = None) -> Tensor:
        """The place of the largest element, the first of equals."""
        return Tensor(np.asarray(self._array.argmax(dim)).astype(np.int64))

    def softmax(self, dim: int) -> Tensor:
        """Probabilities along a dimension."""
        if not self.is_floating_point():
            raise NotImplementedError("softmax is of scores, not of whole numbers")
        wide = self._array.astype(np.float64)
        powers = np.exp(wide - wide.max(dim, keepdims=True))
        return _narrow(powers / powers.sum(dim, keepdims=True))

    def _compared(self, compare: Callable[[Any, Any], Any], other: object) -> Tensor:
        if not isinstance(other, Tensor | bool | int | float):
            raise TypeError(f"a tensor is compared with a number or a tensor here, not with {type(other).__name__}")
        left, right = self._array, other._array if isinstance(other, Tensor) else other
        if np.result_type(left, right).kind == "f":  # numpy would compare whole numbers with fractions in 64 bits
            left, right = left.astype(np.float32), np.asarray(right, np.float32)
        with torchs_errors():
            return Tensor(np.asarray(compare(left, right), np.bool_))


def _narrow(array: NDArray[Any]) -> Tensor:
    return Tensor(array.astype(np.float32) if array.dtype == np.float64 else array)


def _key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(_key(each) for each in key)
    if isinstance(key, Tensor):
        return key.numpy()
    if isinstance(key, slice) and key.step is not None and key.step < 0:
        raise ValueError("step must be greater than zero")
    if isinstance(key, list) and any(isinstance(each, list | tuple) for each in key):
        raise IndexError("an index of lists in a list means other things in other versions: make a tensor of it")
    return key
