"""Named tensors from one or more files, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jettison.errors import ModelUnreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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

        :raises ModelUnreadable: there is none of this name.
        """
        for shard in self.shards:
            if name in shard.shapes:
                return shard.read(name)
        raise ModelUnreadable(
            f"the model has no tensor {name}",
            where=str(self.shards[0].file),
            next_step="check that config.json and the weights belong together",
        )

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, without reading it."""
        return next(shard.shapes[name] for shard in self.shards if name in shard.shapes)

    @property
    def size_bytes(self) -> int:
        """Bytes of the files."""
        return sum(shard.file.stat().st_size for shard in self.shards)
