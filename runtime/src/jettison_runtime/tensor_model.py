"""The task raw-tensors: named arrays in, named arrays out.

>>> model = jettison_runtime.load("faces/int8-static")     # doctest: +SKIP
>>> model.run({"input": pixels})["output"].shape           # doctest: +SKIP
(1, 512)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import manifest as manifests
from .binding import Network
from .errors import CanaryError, ModelFolderError
from .manifest import Manifest
from .threads import usable

TASK = "raw-tensors"
GRAPH = "model.onnx"
_LEAST_CANARY_COSINE = 0.98
_CANARY_NUMBERS = 64
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class TensorSpec:
    """One input or output as the graph declares it."""

    name: str
    dtype: str
    """numpy's name: ``float32``, ``int64``, …"""
    shape: tuple[int | str, ...]
    """A name stands for a size that may differ from call to call; the same name is the same size."""

    def __str__(self) -> str:
        return f"{self.name} {self.dtype}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class TensorModel:
    """A loaded graph. Safe to use from several threads."""

    folder: Path
    manifest: Manifest
    graph: Network
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True, task: str = TASK) -> TensorModel:
        """Read a converted model from its folder.

        :param task: that the folder has to be for.
        :param threads: for one request; None: what affinity and the container's quota allow.
        :param verify: compare every file with its digest first.
        :raises ModelFolderError: no converted model, a damaged one, or one for another task or runtime.
        """
        manifest = manifests.opened(folder, [task], verified=verify)
        if GRAPH not in manifest.files or not {"inputs", "outputs"} <= manifest.config.keys():
            raise ModelFolderError(f"{folder / manifests.NAME} is damaged (it lists no graph): convert the model again")
        return cls(
            folder=folder,
            manifest=manifest,
            graph=Network(folder / GRAPH, threads=threads or usable()),
            inputs=specs(manifest.config["inputs"]),
            outputs=specs(manifest.config["outputs"]),
        )

    def run(self, feed: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Every output by name.

        :param feed: an array for each input; nested lists become arrays of the input's type.
        :raises ValueError: a name that is missing or unknown, or a shape that does not fit.
        :raises TypeError: an array of another type; nothing is ever cast silently.
        """
        return self.graph.run(checked(feed, self.inputs))

    def check_canary(self) -> None:
        """Answer the question that the model was sent off with.

        :raises CanaryError: the answer is not the one given at conversion: damaged weights, or a CPU on which
            this form computes something else.
        """
        asked = self.manifest.canary
        got = canary_answer(self.graph.run(canary_feed(asked["inputs"])))
        expected = np.array(asked["answer"], np.float64)
        cosine = _cosine(np.array(got), expected) if len(got) == len(expected) else 0.0
        if not cosine >= _LEAST_CANARY_COSINE:
            raise CanaryError(
                f"{self.folder} answers its canary otherwise than when it was converted (cosine {cosine:.3f}): "
                "the folder is damaged, or this CPU needs another form; convert on (or for) this machine"
            )


def specs(listed: Sequence[Mapping[str, Any]]) -> tuple[TensorSpec, ...]:
    """Inputs or outputs as the manifest lists them."""
    return tuple(TensorSpec(name=each["name"], dtype=each["dtype"], shape=tuple(each["shape"])) for each in listed)


def checked(feed: Mapping[str, Any], inputs: Sequence[TensorSpec]) -> dict[str, NDArray[Any]]:
    """The feed as arrays that fit the inputs; see `TensorModel.run` for what it raises."""
    wanted = {each.name for each in inputs}
    if missing := sorted(wanted - feed.keys()):
        raise ValueError(f"the model needs {' and '.join(missing)}; it takes {', '.join(map(str, inputs))}")
    if unknown := sorted(feed.keys() - wanted):
        raise ValueError(f"the model has no input {' or '.join(unknown)}; it takes {', '.join(map(str, inputs))}")
    sizes: dict[str, int] = {}
    arrays = {}
    for each in inputs:
        given = feed[each.name]
        array = given if isinstance(given, (np.ndarray, np.generic)) else np.array(given, each.dtype)
        if array.dtype != each.dtype:
            raise TypeError(f"{each} was given {array.dtype}: convert it with .astype(np.{each.dtype})")
        fits = len(array.shape) == len(each.shape) and all(
            size == (sizes.setdefault(wish, size) if isinstance(wish, str) else wish)
            for size, wish in zip(array.shape, each.shape, strict=True)
        )
        if not fits:
            known = f" where {sizes}" if sizes else ""
            raise ValueError(f"{each} was given the shape {list(array.shape)}{known}")
        arrays[each.name] = np.ascontiguousarray(array).reshape(array.shape)
    return arrays


def canary_feed(inputs: Mapping[str, Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """The canary's question: waves between two bounds, the same on every machine without a stored array."""
    feed = {}
    for name, each in inputs.items():
        count = int(np.prod(each["shape"]))
        wave = 0.5 + 0.5 * np.sin(np.arange(count) * _GOLDEN)
        values = each["low"] + (each["high"] - each["low"]) * wave
        dtype = np.dtype(each["dtype"])
        feed[name] = (np.floor(values) if dtype.kind in "iub" else values).astype(dtype).reshape(each["shape"])
    return feed


def canary_answer(outputs: Mapping[str, NDArray[Any]]) -> list[float]:
    """What the manifest keeps of an answer: the first numbers of the first output."""
    first = next(iter(outputs.values()))
    return [float(value) for value in first.reshape(-1)[:_CANARY_NUMBERS]]


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else float(np.array_equal(one, other))
