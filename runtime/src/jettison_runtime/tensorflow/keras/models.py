"""``keras.models.load_model``: a network with one input and one output, in inference."""

from __future__ import annotations

import os
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.errors import ModelFolderError
from jettison_runtime.tensor_model import TensorModel
from jettison_runtime.tensorflow.eager import EagerTensor, array_of
from jettison_runtime.tensorflow.place import model_at

__all__ = ["load_model"]
_BATCH = 32
"""Keras's own, when nobody says."""


class Model:
    """A loaded network. Safe to use from several threads."""

    def __init__(self, model: TensorModel) -> None:
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ModelFolderError(
                f"{model.folder} has {len(model.inputs)} inputs and {len(model.outputs)} outputs: this facade of Keras"
                " has models with one of each"
            )
        self._model = model
        (self._given,), (self._gives,) = model.inputs, model.outputs
        self.trainable = False

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """None where a size is free: ``(None, 224, 224, 3)``."""
        return tuple(size if isinstance(size, int) else None for size in self._given.shape)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """None where a size is free."""
        return tuple(size if isinstance(size, int) else None for size in self._gives.shape)

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", *, steps: Literal[None] = None
    ) -> NDArray[Any]:
        """What the network gives for rows, so many at a time; nothing is shown.

        :raises ValueError: rows of another shape, or none.
        """
        rows = self._rows(x)
        if steps is not None or not len(rows):
            raise ValueError("predict takes rows, and at least one of them")
        size = batch_size or _BATCH
        return np.concatenate([self._run(rows[place : place + size]) for place in range(0, len(rows), size)])

    def predict_on_batch(self, x: Any) -> NDArray[Any]:
        """What the network gives for rows, all at once."""
        return self._run(self._rows(x))

    def __call__(self, inputs: Any, *, training: bool | None = None) -> EagerTensor:
        """The same as a tensor.

        :raises ValueError: with `training`.
        """
        if training:
            raise ValueError("a converted model does not learn: training=True is not possible")
        return EagerTensor(self._run(self._rows(inputs)))

    def summary(self) -> None:
        """Nothing is shown: the layers are gone."""

    def compile(self, optimizer: Any = None, loss: Any = None, metrics: Any = None) -> None:
        """What only training needs."""

    def make_predict_function(self) -> None:
        """It is made."""

    def _rows(self, x: Any) -> NDArray[Any]:
        """The rows in the type of the input, as Keras casts them; it takes a list or a dict for several inputs."""
        if isinstance(x, dict) and x.keys() == {self._given.name}:
            x = x[self._given.name]
        if isinstance(x, list | tuple) and len(x) == 1 and isinstance(x[0], np.ndarray | EagerTensor):
            x = x[0]
        if not isinstance(x, np.ndarray | EagerTensor):
            raise ValueError("a model takes an array or a tensor here")
        return array_of(x).astype(self._given.dtype)

    def _run(self, rows: NDArray[Any]) -> NDArray[Any]:
        return self._model.run({self._given.name: rows})[self._gives.name]


def load_model(
    filepath: str | os.PathLike[str], custom_objects: Any = None, compile: bool = True, safe_mode: bool = True
) -> Model:
    """The converted model of a path.

    :param custom_objects: layers of the user's own are part of the converted network.
    :param compile: what only training needs is gone in any case.
    :raises ModelFolderError: none is there, or it has several inputs or outputs.
    """
    return Model(model_at(filepath))
