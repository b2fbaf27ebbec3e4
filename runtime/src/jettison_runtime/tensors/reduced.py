"""Sums, means, largest elements: along dimensions, or of all elements. Sums are taken in 64 bits and then rounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.number_formats import torchs_errors

from .computed import Computed

if TYPE_CHECKING:
    from typing import Self

Dims = int | Sequence[int] | None


class Found(NamedTuple):
    """Elements and their places, as torch gives them for a search along a dimension."""

    values: Any
    indices: Any


class Reduced(Computed):
    """Numbers made of many."""

    def nonzero(self, *, as_tuple: bool = False) -> Any:
        """The places of all elements that are not zero: a row for each; or a tensor for each dimension."""
        places = np.nonzero(self._array) if self.ndim else None
        if places is None:
            raise RuntimeError("nonzero is of a tensor with dimensions here")
        if as_tuple:
            return tuple(self._made(each.astype(np.int64)) for each in places)
        return self._made(np.stack(places, axis=-1).astype(np.int64))

    def any(self) -> Self:
        """Some element is not zero."""
        return self._made(self._array.any())

    def all(self) -> Self:
        """No element is zero."""
        return self._made(self._array.all())

    def sum(self, dim: Dims = None, keepdim: bool = False) -> Self:
        """The sum of all elements, or along dimensions; of whole numbers and truths in 64 bits."""
        wide = np.float64 if self.is_floating_point() else np.int64
        return self._made(self._array.sum(_axes(dim), dtype=wide, keepdims=keepdim))

    def mean(self, dim: Dims = None, keepdim: bool = False) -> Self:
        """The mean of scores."""
        if not self.is_floating_point():
            raise RuntimeError("mean is of scores, not of whole numbers")
        return self._made(self._array.mean(_axes(dim), dtype=np.float64, keepdims=keepdim))

    def norm(self, p: float = 2, dim: Dims = None, keepdim: bool = False) -> Self:
        """The Euclidean length of vectors of scores; no other is known."""
        if p != 2:
            raise TypeError(f"norm is known for p=2 here, not for {p!r}")
        if not self.is_floating_point():
            raise RuntimeError("norm is of scores, not of whole numbers")
        return self._made(np.sqrt(np.square(self._wide()).sum(_axes(dim), keepdims=keepdim)))

    def max(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The largest of all elements; or along a dimension, with their places, the first of equals."""
        return self._extreme(dim, keepdim, largest=True)

    def min(self, dim: int | None = None, keepdim: bool = False) -> Any:
        """The smallest of all elements; or along a dimension, with their places, the first of equals."""
        return self._extreme(dim, keepdim, largest=False)

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Self:
        """The place of the largest element, the first of equals."""
        return self._made(np.asarray(np.argmax(self._array, axis=dim, keepdims=keepdim), np.int64))

    def argsort(self, dim: int = -1, descending: bool = False) -> Self:
        """The places of the elements in their order along a dimension; of equals the first comes first."""
        if not descending:
            return self._made(np.argsort(self._array, dim, kind="stable").astype(np.int64))
        backwards = np.argsort(np.flip(self._array, dim), dim, kind="stable")
        return self._made((self.shape[dim] - 1 - np.flip(backwards, dim)).astype(np.int64))

    def sort(self, dim: int = -1, descending: bool = False) -> Found:
        """The elements in their order along a dimension, with their places."""
        places = self.argsort(dim, descending)
        return Found(self._made(np.take_along_axis(self._array, places._array, dim)), places)

    def topk(self, k: int, dim: int = -1, largest: bool = True) -> Found:
        """The largest elements along a dimension with their places, largest first; of equals the first comes first.

        :raises RuntimeError: there are not so many.
        """
        if not 0 <= k <= self.shape[dim]:
            raise RuntimeError(f"topk of {k} of {self.shape[dim]} elements")
        ordered = self.sort(dim, descending=largest)
        kept = (*(slice(None),) * (dim % self.ndim), slice(0, k))
        return Found(ordered.values[kept], ordered.indices[kept])

    def softmax(self, dim: int) -> Self:
        """Probabilities along a dimension."""
        powers = np.exp(self._below_top(dim))
        return self._made(powers / powers.sum(dim, keepdims=True))

    def log_softmax(self, dim: int) -> Self:
        """Logarithms of probabilities along a dimension."""
        below = self._below_top(dim)
        return self._made(below - np.log(np.exp(below).sum(dim, keepdims=True)))

    def _below_top(self, dim: int) -> NDArray[np.float64]:
        if not self.is_floating_point():
            raise NotImplementedError("softmax is of scores, not of whole numbers")
        wide = self._wide()
        found: NDArray[np.float64] = wide - wide.max(dim, keepdims=True)
        return found

    def _extreme(self, dim: int | None, keepdim: bool, *, largest: bool) -> Any:
        array = self._array
        if isinstance(dim, Computed):
            raise TypeError("the larger of two tensors is not known here")
        with torchs_errors():
            if dim is None:
                return self._made(array.max() if largest else array.min())
            places = array.argmax(dim, keepdims=True) if largest else array.argmin(dim, keepdims=True)
            values = np.take_along_axis(array, places, dim)
            if not keepdim:
                values, places = np.squeeze(values, dim), np.squeeze(places, dim)
            return Found(self._made(values), self._made(places.astype(np.int64)))


def _axes(dim: Dims) -> Any:
    """numpy's way to say it; no dimensions at all are all of them, as in torch."""
    return dim if dim is None or isinstance(dim, int) else tuple(dim) or None
