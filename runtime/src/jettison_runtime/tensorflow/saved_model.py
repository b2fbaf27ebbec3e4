"""``tf.saved_model.load``: the signature for serving of a SavedModel."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jettison_runtime.tensor_model import TensorModel, TensorSpec

from .eager import DType, EagerTensor, TensorShape, array_of
from .place import model_at

__all__ = ["load"]
SIGNATURE = "serving_default"


@dataclass(frozen=True)
class Spec:
    """What an input or output of a signature is."""

    name: str
    dtype: DType
    shape: TensorShape


class Signature:
    """A function of named tensors that gives a dict of tensors."""

    def __init__(self, model: TensorModel) -> None:
        self._model = model
        self.structured_input_signature = ((), _specs(model.inputs))
        self.structured_outputs = _specs(model.outputs)

    def __call__(self, *args: Any, **named: Any) -> dict[str, EagerTensor]:
        """Arguments by name; a single one may be given without. Arrays and lists take the type of the input.

        :raises TypeError: a name that is missing or unknown, or a tensor of another type: it is not cast.
        :raises ValueError: a shape that does not fit, or numbers that would lose their fractions.
        """
        inputs = self._model.inputs
        if args:
            if len(args) != 1 or len(inputs) != 1 or named:
                raise TypeError(f"the signature takes {', '.join(map(str, inputs))} by name")
            named = {inputs[0].name: args[0]}
        if named.keys() != {each.name for each in inputs}:
            raise TypeError(f"the signature takes {', '.join(map(str, inputs))}, and was given {', '.join(named)}")
        found = self._model.run(
            {
                each.name: array_of(value, None if isinstance(value, EagerTensor) else each.dtype)
                for each in inputs
                for value in [named[each.name]]
            }
        )
        return {name: EagerTensor(array) for name, array in found.items()}


class Signatures(Mapping[str, Signature]):
    """Signatures by name: the one for serving."""

    def __init__(self, model: TensorModel) -> None:
        self._found = {SIGNATURE: Signature(model)}

    def __getitem__(self, name: str) -> Signature:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


@dataclass(frozen=True)
class Loaded:
    """A SavedModel; nothing but its signatures."""

    signatures: Signatures


def load(export_dir: str | os.PathLike[str], tags: Any = None) -> Loaded:
    """The converted model in a folder.

    :raises ModelFolderError: none is there.
    """
    return Loaded(Signatures(model_at(export_dir)))


def _specs(tensors: tuple[TensorSpec, ...]) -> dict[str, Spec]:
    return {
        each.name: Spec(
            name=each.name,
            dtype=DType(each.dtype),
            shape=TensorShape(size if isinstance(size, int) else None for size in each.shape),
        )
        for each in tensors
    }
