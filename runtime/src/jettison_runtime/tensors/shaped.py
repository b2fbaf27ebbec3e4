"""The same numbers in another place, format or shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jettison_runtime.number_formats import BY_NAME, Dtype, boolean, float32, int32, int64, shape_of, torchs_errors

from .base import Base

if TYPE_CHECKING:
    from typing import Self


Length = int
"""A whole number, where ``int`` is the name of a method."""


class Shaped(Base):
    """Places, formats and shapes."""

    def to(self, *targets: Any, **options: Any) -> Self:
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

    def cpu(self) -> Self:
        """Itself."""
        return self

    def detach(self) -> Self:
        """Itself: nothing here has gradients."""
        return self

    def clone(self) -> Self:
        """A copy."""
        return self._made(self._array.copy())

    def contiguous(self) -> Self:
        """Its elements in order in memory."""
        return self._made(np.ascontiguousarray(self._array).reshape(self.shape))

    def long(self) -> Self:
        """In 64-bit whole numbers, rounded towards zero."""
        return self._as(int64)

    def int(self) -> Self:
        """In 32-bit whole numbers, rounded towards zero."""
        return self._as(int32)

    def bool(self) -> Self:
        """What is not zero."""
        return self._as(boolean)

    def float(self) -> Self:
        """In float32."""
        return self._as(float32)

    def squeeze(self, dim: Length | None = None) -> Self:
        """Without dimensions of length 1: all of them, or one if it is of length 1."""
        if dim is not None and self.shape[dim] != 1:
            return self
        return self._made(np.squeeze(self._array, dim))

    def unsqueeze(self, dim: Length) -> Self:
        """With a new dimension of length 1."""
        return self._made(np.expand_dims(self._array, dim))

    def reshape(self, *shape: Length | Sequence[Length]) -> Self:
        """With other lengths; one of them may be -1."""
        with torchs_errors():
            return self._made(self._array.reshape(shape_of(shape)))

    def view(self, *shape: Length | Sequence[Length]) -> Self:
        """The same where its elements are in order in memory.

        :raises RuntimeError: they are not; torch then has a view of some shapes and an error for the others.
        """
        if not self._array.flags.c_contiguous:
            raise RuntimeError("view of a tensor whose elements are not in order in memory: use reshape")
        return self.reshape(*shape)

    def flatten(self) -> Self:
        """In one dimension."""
        return self._made(self._array.reshape(-1))

    def split(self, split_size: Length, dim: Length = 0) -> tuple[Self, ...]:
        """Pieces of so many along a dimension; the last may be shorter.

        :raises TypeError: lengths for each piece, which torch has too.
        """
        if not hasattr(split_size, "__index__"):
            raise TypeError("split takes one length for all pieces here")
        pieces = np.split(self._array, range(split_size, self.shape[dim], split_size), dim)
        return tuple(self._made(each) for each in pieces)

    def expand(self, *sizes: Length | Sequence[Length]) -> Self:
        """Repeated along dimensions of length 1; -1 leaves a length as it is."""
        asked = shape_of(sizes)
        before = (1,) * (len(asked) - self.ndim) + self.shape
        with torchs_errors():
            lengths = [old if new == -1 else new for new, old in zip(asked, before, strict=True)]
            return self._made(np.broadcast_to(self._array, lengths))

    def expand_as(self, other: Base) -> Self:
        """Repeated to the shape of another tensor."""
        return self.expand(other.shape)

    def transpose(self, dim0: Length, dim1: Length) -> Self:
        """With two dimensions swapped."""
        return self._made(np.swapaxes(self._array, dim0, dim1))

    def t(self) -> Self:
        """Rows as columns.

        :raises RuntimeError: more than two dimensions.
        """
        if self.ndim > 2:
            raise RuntimeError(f"t() is of a tensor with at most two dimensions, and this has {self.ndim}")
        return self._made(self._array.T)

    @property
    def T(self) -> Self:  # noqa: N802  (torch's name)
        """Rows as columns, of two dimensions only: for others torch is giving it up."""
        if self.ndim != 2:
            raise RuntimeError(f".T is of a tensor with two dimensions here, and this has {self.ndim}")
        return self._made(self._array.T)

    def _as(self, dtype: Dtype) -> Self:
        return self if self.dtype is dtype else self._made(self._array.astype(dtype.numpy))
