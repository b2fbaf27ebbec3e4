"""Named tensors from one or more files, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ModelUnreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class StoredTensor:
    """One tensor as it lies on disk; nothing of it is read."""

    name: str
    dtype: str
    """As numpy names it; beyond numpy ``bfloat16``, ``int4`` and the like."""
    shape: tuple[int, ...]
    start: int
    """Place in the file."""
    size_bytes: int
    """Of its numbers alone."""
    location: str = ""
    """Of a graph: the file beside it that holds the numbers."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One weights file: what it holds, and how to read one tensor of it."""

    file: Path
    shapes: Mapping[str, tuple[int, ...]]
    read: Callable[[str], NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """All tensors of a model."""

    shards: tuple[Shard, ...]

    def __contains__(self, name: str) -> bool:
        return any(name in shard.shapes for shard in self.shards)

    def __iter__(self) -> Iterator[str]:
        return (name for shard in self.shards for name in shard.shapes)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The tensor as float32 (float16, bfloat16 and float64 are converted).

        :raises ModelUnreadable: there is none of this name, or it holds no numbers to compute with.
        """
        values = self._shard(name).read(name)
        # The extremes show it without a copy: a NaN is the largest and the smallest of all.
        if values.size and not (isfinite(values.min()) and isfinite(values.max())):
            raise ModelUnreadable(
                f"{name} holds a NaN or an infinity: the model is broken",
                where=str(self.file(name)),
                next_step="take a checkpoint from before its training went wrong",
            )
        return values

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, without reading it.

        :raises ModelUnreadable: there is none of this name.
        """
        return self._shard(name).shapes[name]

    def file(self, name: str) -> Path:
        """The file that holds a tensor.

        :raises ModelUnreadable: there is none of this name.
        """
        return self._shard(name).file

    def _shard(self, name: str) -> Shard:
        for shard in self.shards:
            if name in shard.shapes:
                return shard
        raise ModelUnreadable(
            f"the model has no tensor {name}",
            where=str(self.shards[0].file),
            next_step="check that config.json and the weights belong together",
        )

    @property
    def size_bytes(self) -> int:
        """Bytes of the files."""
        return sum(shard.file.stat().st_size for shard in self.shards)


def not_trained(file: Path, name: str, dtype: str) -> ModelUnreadable:
    """Whole numbers, and floats of 8 bits, are codes of something: a model that somebody quantized."""
    return ModelUnreadable(
        f"{name} holds {dtype} and not floats of 16 bits or more: these weights are quantized already",
        where=str(file),
        next_step="give the model as it was before it was quantized",
    )
