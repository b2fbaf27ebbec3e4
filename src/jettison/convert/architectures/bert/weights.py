"""The trained weights of one encoder by what they are, whatever its family calls them, held against its config.json."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jettison.checkpoints import Tensors
from jettison.errors import ModelUnreadable

from .families import Layer
from .geometry import Geometry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_OLD = {"weight": "gamma", "bias": "beta"}
"""How the norms of the first checkpoints, converted from TensorFlow, name their halves."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Matrices as trained: [outputs, inputs]."""

    tensors: Tensors
    shape: Geometry

    def __getitem__(self, part: str) -> tuple[Floats, Floats]:
        """Weight and bias of a part of the head, or of the encoder with `encoder` before it."""
        return self.tensors[self.name(part, "weight")], self.tensors[self.name(part, "bias")]

    def encoder(self, part: str) -> str:
        """A part of the encoder, under the name that this file has it."""
        prefix = self.shape.family.prefix
        return f"{prefix}{part}" if any(name.startswith(prefix) for name in self.tensors) else part

    def layer(self, number: int) -> Layer:
        """The parts of a layer; those of a group that shares its weights are the same for several numbers."""
        prefix = self.encoder(self.shape.family.layer_prefix)
        if self.shape.groups:
            group = int(number / self.shape.inside / (self.shape.layers / self.shape.groups))
            prefix = prefix.format(group=group, inside=number % self.shape.inside)
        else:
            prefix = prefix.format(layer=number)
        named = self.shape.family.layer
        return Layer(**{part: prefix + getattr(named, part) for part in Layer.__dataclass_fields__})

    @property
    def count(self) -> int:
        """Layers in the order in which they are computed."""
        return self.shape.layers * self.shape.inside

    def table(self, name: str) -> Floats:
        """One of the embedding tables: ``word``, ``position`` or ``token_type``."""
        return self.tensors[self.encoder(f"embeddings.{name}_embeddings.weight")]

    @property
    def has_pooler(self) -> bool:
        """The encoder was saved with what reads its first token."""
        pooler = self.shape.family.pooler
        return bool(pooler) and f"{self.encoder(pooler)}.weight" in self.tensors

    def word_head(self) -> tuple[Floats, Floats]:
        """The table [vocabulary, width] and the bias of the head of a masked language model."""
        head = self.shape.family.word_head
        own = f"{head.decoder}.weight"
        tied = self.shape.tied or own not in self.tensors
        table = self.table("word") if tied else self.tensors[own]
        return table, self.tensors[next((name for name in head.biases if name in self.tensors), head.biases[0])]

    def name(self, part: str, half: str) -> str:
        """``weight`` or ``bias`` of a part, by the name that this file has for it."""
        name = f"{part}.{half}"
        old = f"{part}.{_OLD[half]}"
        return old if name not in self.tensors and old in self.tensors else name

    def check(self, labels: int) -> None:
        """Compare the shapes of all that is read with config.json.

        :raises ModelUnreadable: a tensor is missing, or has another shape.
        """
        for part, rows, columns in self._expected(labels):
            for half, sides in (("weight", (rows, columns) if columns else (rows,)), ("bias", (rows,))):
                self._compare(self.name(part, half), sides)
        shape = self.shape
        tables = [("word", shape.vocabulary), ("position", shape.positions + shape.first_position)]
        for name, rows in [*tables, *([("token_type", shape.types)] if shape.types else [])]:
            self._compare(self.encoder(f"embeddings.{name}_embeddings.weight"), (rows, shape.embedding))

    def _compare(self, name: str, sides: tuple[int, ...]) -> None:
        found = self.tensors.shape(name)
        if found != sides:
            raise ModelUnreadable(
                f"{name} has the shape {list(found)}, and config.json asks for {list(sides)}",
                where=str(self.tensors.file(name)),
                next_step="check that config.json and the weights belong together",
            )

    def _expected(self, labels: int) -> Iterator[tuple[str, int, int]]:
        """Name, outputs and inputs of every part that is read; no inputs for a norm."""
        shape, family = self.shape, self.shape.family
        width = shape.width
        yield self.encoder(family.norm), shape.embedding, 0
        if shape.projected:
            yield self.encoder(family.projection), width, shape.embedding
        for number in range(self.count):
            layer = self.layer(number)
            for part in (layer.query, layer.key, layer.value, layer.out):
                yield part, width, width
            yield layer.up, shape.inner, width
            yield layer.down, width, shape.inner
            yield layer.out_norm, width, 0
            yield layer.down_norm, width, 0
        if self.has_pooler:
            yield self.encoder(family.pooler), width, width
        if shape.task == "text-classification":
            head = family.class_head
            yield self.encoder(head.dense) if head.pooled else head.dense, width, width
            yield head.last, labels, width
        elif shape.task == "token-classification":
            yield "classifier", labels, width
        elif shape.task == "question-answering":
            yield "qa_outputs", 2, width
        elif shape.task == "fill-mask":
            yield family.word_head.dense, shape.embedding, width
            yield family.word_head.norm, shape.embedding, 0
