"""Texts through an encoder: tokens, batches of like lengths, and each text's own part of the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from jettison_runtime.encoder import Encoder
from jettison_runtime.tokenization import TextTokenizer

if TYPE_CHECKING:
    from typing import Self

    from tokenizers import Encoding

Text = str | tuple[str, str]
Floats = NDArray[np.float32]

_WASTE = 8
"""A batch holds rows that are at most an eighth longer than its shortest: padding is computed and thrown away, and rows
of one length need no mask, which is faster still."""


@dataclass(frozen=True)
class Texts:
    """An encoder with its tokenizer."""

    model: Encoder
    tokenizer: TextTokenizer

    @classmethod
    def load(cls, folder: Path, task: str, *, threads: int | None, verify: bool) -> Texts:
        """Read the model folder of a task.

        :raises ModelFolderError: see `Encoder.load`.
        """
        model = Encoder.load(folder, threads=threads, verify=verify, tasks=[task])
        return cls(model=model, tokenizer=TextTokenizer(folder, model.manifest.tokenizer))

    def encodings(self, texts: Sequence[Text], *, truncation: bool, max_length: int | None = None) -> list[Encoding]:
        """Tokens of each text with the special ones.

        :param truncation: cut to `max_length` (None: what tokenizer and model can take); otherwise a text that is too
            long is an error when the model is asked.
        """
        if isinstance(texts, str):
            raise TypeError("a list of texts is asked for: [text]")
        if not texts:
            return []
        limit = max_length or min(self.tokenizer.model_max_length, self.model.longest)
        return self.tokenizer.encodings(texts, limit=limit if truncation else None)

    def answers(
        self, encodings: Sequence[Encoding], names: Sequence[str], *, batch_size: int = 32
    ) -> list[dict[str, Floats]]:
        """The outputs of each text, in the order given, without what padding added: [tokens, …], or [width] each."""
        found: list[dict[str, Floats]] = [{} for _ in encodings]
        of_tokens = {name for name, (_, shape) in self.model.network.outputs.items() if shape[1:2] == ("tokens",)}
        for rows in _batches([len(each) for each in encodings], batch_size):
            chosen = [encodings[row] for row in rows]
            ids, mask, types = self.arrays(chosen)
            outputs = self.model.outputs(ids, mask, types, names=names)
            for place, row in enumerate(rows):
                for name, values in outputs.items():
                    found[row][name] = values[place][mask[place] > 0] if name in of_tokens else values[place]
        return found

    def arrays(
        self, encodings: Sequence[Encoding]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64] | None]:
        """``input_ids``, ``attention_mask`` and ``token_type_ids`` of a batch; None where the tokenizer gives none."""
        width = max(len(each) for each in encodings)
        left = self.tokenizer.padding_side == "left"
        ids = np.full((len(encodings), width), self.tokenizer.pad_id, np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, each in enumerate(encodings):
            own = np.s_[width - len(each) :] if left else np.s_[: len(each)]
            ids[row, own], mask[row, own], types[row, own] = each.ids, 1, each.type_ids
        return ids, mask, types if "token_type_ids" in self.tokenizer.input_names else None


@dataclass(frozen=True)
class TextTask:
    """A loaded encoder with its tokenizer, asked for what its head was trained for."""

    texts: Texts
    TASK: ClassVar[str]
    """Of the model folders that it loads."""

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None, verify: bool = True) -> Self:
        """Read a converted model from its folder; see `jettison_runtime.load`."""
        return cls(texts=Texts.load(folder, cls.TASK, threads=threads, verify=verify))

    @property
    def model(self) -> Encoder:
        """The network."""
        return self.texts.model

    @property
    def tokenizer(self) -> TextTokenizer:
        """The model's own."""
        return self.texts.tokenizer


def _batches(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Numbers of the rows that are computed together, short rows first."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        shortest = lengths[batch[0]] if batch else 0
        if batch and (len(batch) >= batch_size or (lengths[row] - shortest) * _WASTE > shortest):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
