"""Weights that are there twice: the same bytes, the same turned round, or the same once more in 8 bits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...checkpoints.tensors import StoredTensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_BYTES = 4096
"""Under that a repetition is not looked for."""
_PLAIN = {"float32": "<f4", "float16": "<f2", "float64": "<f8", "bfloat16": "<u2", "int8": "i1", "uint8": "u1"}
_ROWS, _ALIKE = 16, 0.98
"""Rows that are held against their 8 bits, and the least correlation of the same weights."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A tensor that was met before."""

    owner: str
    """File whose tensor it is."""
    tensor: str
    turned: bool
    """Stored the other way round: rows as columns."""


@dataclass(kw_only=True)
class Sameness:
    """What was met so far, by content."""

    _by_digest: dict[str, Seen] = field(default_factory=dict)

    def met(self, tensor: StoredTensor, file: Path, owner: str, *, turned: bool) -> Seen | None:
        """Where the same weights were met before; else they are kept in mind.

        :param turned: whether it may have been met with rows and columns exchanged.
        """
        straight = _digest(tensor, file, turned=False)
        if seen := self._by_digest.get(straight):
            return seen
        if turned and _is_table(tensor) and (seen := self._by_digest.get(_digest(tensor, file, turned=True))):
            return replace(seen, turned=True)
        self._by_digest[straight] = Seen(owner=owner, tensor=tensor.name, turned=False)
        return None


def again_in_eight_bits(floats: StoredTensor, whole: StoredTensor, file: Path, other: Path) -> bool:
    """Whether whole numbers are the same weights as floats: their rows, or their columns, go up and down together."""
    import numpy as np

    same = whole.shape in (floats.shape, floats.shape[::-1])
    if not (same and _is_table(floats) and _is_table(whole)):
        return False
    one, two = _array(floats, file), _array(whole, other)
    # Of a square tensor both ways round are thinkable.
    for each in (two, two.T) if len(set(floats.shape)) == 1 else (two if two.shape == one.shape else two.T,):
        rows = np.linspace(0, len(one) - 1, min(_ROWS, len(one))).astype(int)
        ours, theirs = np.float64(one[rows]), np.float64(each[rows])
        # A scale a row, a column or a tensor, and a zero point: what stays is that a row correlates.
        ours, theirs = (part - part.mean(axis=1, keepdims=True) for part in (ours, theirs))
        sizes = np.sqrt((ours**2).sum() * (theirs**2).sum())
        if sizes and (ours * theirs).sum() / sizes > _ALIKE:
            return True
    return False


def _is_table(tensor: StoredTensor) -> bool:
    """Whether its bytes are rows and columns of numbers as numpy knows them; old exporters write them otherwise."""
    if tensor.dtype not in _PLAIN or len(tensor.shape) != 2:
        return False
    return tensor.size_bytes == prod(tensor.shape) * int(_PLAIN[tensor.dtype][-1])


def _array(tensor: StoredTensor, file: Path) -> NDArray[Any]:
    import numpy as np

    return np.memmap(file, _PLAIN[tensor.dtype], "r", offset=tensor.start, shape=tensor.shape)


def _digest(tensor: StoredTensor, file: Path, *, turned: bool) -> str:
    import numpy as np

    total = hashlib.sha256(tensor.dtype.encode())
    if turned:
        total.update(np.ascontiguousarray(_array(tensor, file).T).data)
    else:
        total.update(np.memmap(file, "u1", "r", offset=tensor.start, shape=(tensor.size_bytes,)).data)
    return total.hexdigest()
