"""A loaded encoder: token ids in, what its head computes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import manifest as manifests
from .binding import Network
from .errors import CanaryError
from .manifest import Manifest
from .threads import usable

TASKS = ("text-classification", "token-classification", "question-answering", "fill-mask", "feature-extraction")

Floats = NDArray[np.float32]

_TOKENS_AT_ONCE = 384
"""Of one call and thread: batches of 2,048 tokens took a fifth longer in one call than in calls of 256 to 512 (MiniLM,
2 MB of cache a core)."""


@dataclass(frozen=True)
class Encoder:
    """The network of one model folder. Safe to use from several threads."""

    folder: Path
    manifest: Manifest
    network: Network

    @classmethod
    def load(
        cls, folder: Path, *, threads: int | None = None, verify: bool = True, tasks: Sequence[str] = TASKS
    ) -> Encoder:
        """Read a converted model from its folder.

        :param tasks: one of these it has to be for.
        :param threads: for one request; None: what affinity and the container's quota allow.
        :param verify: compare every file with its digest first.
        :raises ModelFolderError: no converted model, a damaged one, or one for another task or runtime.
        """
        manifest = manifests.opened(folder, tasks, verified=verify)
        network = Network(folder / "model.onnx", threads=threads or usable())
        return cls(folder=folder, manifest=manifest, network=network)

    @property
    def longest(self) -> int:
        """The longest input in tokens, special ones among them."""
        return self.manifest.graph["positions"]

    def outputs(
        self,
        input_ids: NDArray[Any],
        attention_mask: NDArray[Any],
        token_type_ids: NDArray[Any] | None = None,
        *,
        names: Sequence[str] | None = None,
        places: NDArray[np.int64] | None = None,
    ) -> dict[str, Floats]:
        """What the model computes of one batch, ``[rows, tokens]`` each; 0 in the mask where a token is padding.

        :param token_type_ids: which of two texts a token belongs to; None: the first. Ignored by a model without types.
        :param names: the outputs that are wanted; None: all.
        :param places: fill-mask only: the places (row * tokens + token) whose logits are wanted,
            ``[places, vocabulary]``; None: all of them, ``[rows, tokens, vocabulary]``.
        :raises ValueError: no batch, a token outside the vocabulary, or more tokens than the model has positions for.
        """
        ids = np.ascontiguousarray(input_ids, np.int64)
        self._check(ids, attention_mask, token_type_ids)
        feed: dict[str, NDArray[Any]] = {"input_ids": ids}
        feed["attention_mask"] = np.ascontiguousarray(attention_mask, np.int32)
        if "token_type_ids" in self.network.inputs:
            types = np.zeros_like(ids) if token_type_ids is None else token_type_ids
            feed["token_type_ids"] = np.ascontiguousarray(types, np.int64)
        if "places" in self.network.inputs:
            every = places is None
            feed["places"] = np.arange(ids.size) if places is None else np.ascontiguousarray(places, np.int64)
            found: dict[str, Floats] = self.network.run(feed, names)
            if every and "logits" in found:
                found["logits"] = found["logits"].reshape(*ids.shape, -1)
            return found
        return self._in_parts(feed, names)

    def check_canary(self) -> None:
        """Answer the question that the model was sent off with.

        :raises CanaryError: the answer is not the one given at conversion: damaged weights, or a CPU on which
            this form computes something else.
        """
        canary = self.manifest.canary
        asked = np.array([canary["input_ids"]], np.int64)
        name = canary["output"]
        expected = np.array(canary["values"], np.float32)
        got = self.outputs(asked, np.ones_like(asked), names=[name])[name].reshape(-1)[: len(expected)]
        allowed = canary["tolerance"] * np.abs(expected).max()
        if got.shape != expected.shape or not np.abs(got - expected).max() <= allowed:
            raise CanaryError(
                f"{self.folder} answers its canary with {got[:4].tolist()}… instead of {expected[:4].tolist()}…: "
                "the folder is damaged, or this CPU needs another form; convert on (or for) this machine"
            )

    def _in_parts(self, feed: dict[str, NDArray[Any]], names: Sequence[str] | None) -> dict[str, Floats]:
        """A large batch some rows at a time: what lies between two products then stays in the cores' own caches."""
        rows, tokens = feed["input_ids"].shape
        step = max(1, _TOKENS_AT_ONCE * self.network.threads // tokens)
        if step >= rows:
            return self.network.run(feed, names)
        parts = [
            self.network.run({name: array[start : start + step] for name, array in feed.items()}, names)
            for start in range(0, rows, step)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _check(self, ids: NDArray[np.int64], mask: NDArray[Any], types: NDArray[Any] | None) -> None:
        if ids.ndim != 2 or not ids.size or ids.shape != np.shape(mask):
            raise ValueError(f"input_ids {ids.shape} and attention_mask {np.shape(mask)} are no batch")
        if types is not None and np.shape(types) != ids.shape:
            raise ValueError(f"token_type_ids {np.shape(types)} are not those of input_ids {ids.shape}")
        if ids.shape[1] > self.longest:
            raise ValueError(f"{ids.shape[1]} tokens, and the model reads at most {self.longest}: truncate the text")
        sizes = self.manifest.graph
        _check_range(ids, sizes["vocabulary"], "a token id is outside the vocabulary of")
        if types is not None and "token_type_ids" in self.network.inputs:
            _check_range(types, sizes["types"], "a token type is none of the model's")


def _check_range(values: NDArray[Any], size: int, problem: str) -> None:
    if int(values.min()) < 0 or int(values.max()) >= size:
        raise ValueError(f"{problem} {size}")
