"""Arithmetic and comparisons, element by element, in torch's number formats.

Fractions are computed in float32 as torch does it; functions with a series behind them (exp, log, roots) in 64 bits and
then rounded, so that their last digit may be another than torch's.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.number_formats import boolean, torchs_errors

from .shaped import Shaped

if TYPE_CHECKING:
    from typing import Self


class Computed(Shaped):
    """Numbers that are computed with."""

    __hash__ = None  # type: ignore[assignment]  # torch hashes by identity, which no answer may depend on
    # ``x += y`` changes x itself in torch, under all its names. Here nothing changes a tensor.
    __iadd__ = __isub__ = __imul__ = __itruediv__ = __imatmul__ = None

    # Comparing

    def __eq__(self, other: object) -> Self:  # type: ignore[override]
        return self._compared(operator.eq, other)

    def __ne__(self, other: object) -> Self:  # type: ignore[override]
        return self._compared(operator.ne, other)

    def __lt__(self, other: object) -> Self:
        return self._compared(operator.lt, other)

    def __le__(self, other: object) -> Self:
        return self._compared(operator.le, other)

    def __gt__(self, other: object) -> Self:
        return self._compared(operator.gt, other)

    def __ge__(self, other: object) -> Self:
        return self._compared(operator.ge, other)

    eq, ne, lt, le, gt, ge = __eq__, __ne__, __lt__, __le__, __gt__, __ge__

    def __invert__(self) -> Self:
        if self.dtype is not boolean:
            raise TypeError("~ is only known of tensors of truths here")
        return self._made(~self._array)

    # Computing

    def __add__(self, other: object) -> Self:
        return self._with(operator.add, other)

    def __radd__(self, other: object) -> Self:
        return self._with(operator.add, other, swapped=True)

    def __sub__(self, other: object) -> Self:
        return self._with(operator.sub, other)

    def __rsub__(self, other: object) -> Self:
        return self._with(operator.sub, other, swapped=True)

    def __mul__(self, other: object) -> Self:
        return self._with(operator.mul, other)

    def __rmul__(self, other: object) -> Self:
        return self._with(operator.mul, other, swapped=True)

    def __truediv__(self, other: object) -> Self:
        return self._with(operator.truediv, other)

    def __rtruediv__(self, other: object) -> Self:
        return self._with(operator.truediv, other, swapped=True)

    def __neg__(self) -> Self:
        if self.dtype is boolean:
            raise RuntimeError("- is not of truths")
        return self._made(-self._array)

    def __matmul__(self, other: object) -> Self:
        return self.matmul(other)

    def matmul(self, other: Any) -> Self:
        """The product of matrices, or of vectors; of scores.

        :raises RuntimeError: shapes that do not fit, or whole numbers among scores.
        """
        if not isinstance(other, Computed):
            raise TypeError(f"a tensor is multiplied with a tensor here, not with {type(other).__name__}")
        if not (self.is_floating_point() and other.is_floating_point()):
            raise RuntimeError("the product of matrices is of two tensors of float32 here")
        with torchs_errors():
            return self._made(np.matmul(self._array, other._array))

    def clamp(self, min: float | None = None, max: float | None = None) -> Self:
        """Within these bounds."""
        if min is None and max is None:
            raise RuntimeError("clamp needs one bound at least")
        if isinstance(min, Computed) or isinstance(max, Computed):
            raise TypeError("clamp takes numbers for bounds here")
        low = None if min is None else self._partner(min)
        high = None if max is None else self._partner(max)
        formats = [each for each in (low, high) if each is not None]
        wide = np.result_type(self._array.dtype, *(each.dtype for each in formats))
        found = self._array.astype(wide)
        found = found if low is None else np.maximum(found, low)
        return self._made(found if high is None else np.minimum(found, high))

    def abs(self) -> Self:
        """Without signs."""
        return self._made(np.abs(self._array))

    def round(self, *, decimals: int = 0) -> Self:
        """To the nearest, a half to the even one; to so many digits behind the point."""
        if decimals < 0 or not self.is_floating_point():
            raise TypeError("round is of scores here, to digits behind the point")
        if not decimals:
            return self._made(np.rint(self._array))
        scale = np.float32(10**decimals)
        return self._made(np.rint(self._array * scale) / scale)

    def exp(self) -> Self:
        """e to the power of each."""
        return self._made(np.exp(self._wide()))

    def log(self) -> Self:
        """Natural logarithms; of zero and less what torch gives."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._made(np.log(self._wide()))

    def sqrt(self) -> Self:
        """Square roots."""
        with np.errstate(invalid="ignore"):
            return self._made(np.sqrt(self._wide()))

    def sigmoid(self) -> Self:
        """1 / (1 + e^-x)."""
        wide = self._wide()
        small = np.exp(-np.abs(wide))  # never more than 1, so nothing overflows
        return self._made(np.where(wide >= 0, 1 / (1 + small), small / (1 + small)))

    def _wide(self) -> NDArray[np.float64]:
        return self._array.astype(np.float64)

    def _partner(self, other: object) -> NDArray[Any]:
        """The other side of an operation, in the format that torch computes it in with this tensor."""
        if isinstance(other, Computed):
            return other._array
        if isinstance(other, np.generic):
            other = other.item()
        if not isinstance(other, bool | int | float):
            raise TypeError(f"a tensor is computed with a number or a tensor here, not with {type(other).__name__}")
        if isinstance(other, float):
            return np.asarray(other, np.float32)
        # A whole number takes on the tensor's own format, unless that only knows truths.
        return np.asarray(other, np.int64 if self.dtype is boolean else self._array.dtype)

    def _with(self, compute: Callable[[Any, Any], Any], other: object, *, swapped: bool = False) -> Self:
        if isinstance(other, bool) and compute is operator.sub:
            raise RuntimeError("a truth is not subtracted from a tensor, nor a tensor from a truth")
        own, given = self._array, self._partner(other)
        formats = {own.dtype, given.dtype}
        if np.dtype(np.float32) in formats or compute is operator.truediv:
            own, given = own.astype(np.float32), given.astype(np.float32)
        elif np.dtype(np.bool_) in formats or len(formats) > 1:
            raise TypeError("truths and whole numbers of other lengths are not computed with here: use .long()")
        left, right = (given, own) if swapped else (own, given)
        with torchs_errors(), np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self._made(compute(left, right))

    def _compared(self, compare: Callable[[Any, Any], Any], other: object) -> Self:
        if not isinstance(other, Computed | bool | int | float):
            raise TypeError(f"a tensor is compared with a number or a tensor here, not with {type(other).__name__}")
        left, right = self._array, other._array if isinstance(other, Computed) else other
        if np.result_type(left, right).kind == "f":  # numpy would compare whole numbers with fractions in 64 bits
            left, right = left.astype(np.float32), np.asarray(right, np.float32)
        with torchs_errors():
            return self._made(np.asarray(compare(left, right), np.bool_))
