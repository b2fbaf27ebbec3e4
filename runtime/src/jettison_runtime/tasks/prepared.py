"""Pictures and sounds through a graph: each is made an array first, as its manifest says, and asked by itself.

One at a time, as transformers' pipelines ask: sounds have lengths of their own, and a convolution gains nothing from
company on a CPU.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.manifest import NAME
from jettison_runtime.tensor_model import TensorModel

if TYPE_CHECKING:
    from typing import Self


class Preprocessing(Protocol):
    """What is done to a picture or a sound before a network sees it."""

    def arrays(self, given: Sequence[Any]) -> NDArray[np.float32]:
        """One batch of arrays.

        :raises TypeError, ValueError: something that cannot be made one.
        """
        ...


@dataclass(frozen=True)
class PreparedTask:
    """A loaded graph with what is done to its input first."""

    model: TensorModel
    preprocessing: Preprocessing
    TASK: ClassVar[str]
    """Of the model folders that it loads."""
    READ: ClassVar[staticmethod[[Mapping[str, Any]], Preprocessing]]
    """What is done first, as the manifest keeps it."""

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> Self:
        """Read a converted model from its folder; see `jettison_runtime.load`."""
        model = TensorModel.load(folder, threads=threads, verify=verify, task=cls.TASK)
        try:
            preprocessing = cls.READ(model.manifest.config["preprocessing"])
        except (KeyError, TypeError, ValueError) as cause:
            raise ModelFolderError(
                f"{folder / NAME} is damaged (it does not say what is done to an input: {cause!r}): "
                "convert the model again"
            ) from cause
        return cls(model=model, preprocessing=preprocessing)

    def check_canary(self) -> None:
        """Answer the question that the model was sent off with; see `TensorModel.check_canary`."""
        self.model.check_canary()

    def answers(self, given: Sequence[Any]) -> Iterator[dict[str, NDArray[Any]]]:
        """The outputs for each of them, without the dimension of the batch."""
        if isinstance(given, (str, bytes, bytearray, Path, Mapping, np.ndarray)):
            raise TypeError("a list is asked for: [one], or [one, another]")
        name = self.model.inputs[0].name
        for each in given:
            found = self.model.run({name: self.preprocessing.arrays([each])})
            yield {output: value[0] for output, value in found.items()}
